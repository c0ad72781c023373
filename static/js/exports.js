/* The analysts' page: counts and shows what is chosen at once, and copies addresses and code. */
(function () {
  'use strict';
  const area = document.querySelector('[data-export-chosen]');
  const form = document.querySelector('.kt-context form');
  if (!area || !form) { return; }

  /* Only the answer to the last choice is shown. */
  let asked = 0;
  const show = async () => {
    const turn = ++asked;
    const given = Array.from(new FormData(form)).filter(([, value]) => value !== '');
    const address = window.location.pathname + '?' + new URLSearchParams(given);
    area.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(address, { credentials: 'same-origin' });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const found = page.querySelector('[data-export-chosen]');
      /* What cannot be used is said by the page itself, beside its field. */
      if (turn !== asked || answer.status !== 200 || !found) { return; }
      area.replaceChildren(...found.childNodes);
      area.querySelectorAll('.kt-needs-script[hidden]').forEach((element) => { element.hidden = false; });
      window.history.replaceState(null, '', address);
    } catch (error) {
      /* Without a network the button says so. */
    } finally {
      if (turn === asked) { area.removeAttribute('aria-busy'); }
    }
  };

  let waiting = 0;
  form.addEventListener('input', (event) => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(show, event.target.matches('select') ? 0 : 500);
  });
  if (area.querySelector('[data-uncounted]')) { show(); }

  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (!button) { return; }
    const source = document.getElementById(button.dataset.copy);
    const words = button.firstChild;
    try {
      await navigator.clipboard.writeText(source.value || source.textContent);
      words.textContent = 'Copied';
      window.setTimeout(() => { words.textContent = 'Copy'; }, 2000);
    } catch (error) {
      /* Where the browser does not let a page copy, the text is marked, ready for Ctrl-C. */
      window.getSelection().selectAllChildren(source);
      if (source.select) { source.select(); }
    }
  });
}());
