/* Work in the background: the page says how far it is, and is drawn anew when it is done.
   Without this script a link does the same. */
(function () {
  'use strict';
  const EVERY = 700; // milliseconds
  const shown = document.querySelector('[data-follow]');
  if (!shown) { return; }
  const words = { page: shown.dataset.follow };

  const look = async () => {
    try {
      const response = await fetch(words.page, { headers: { Accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const fresh = page.querySelector('[data-follow]');
      if (!fresh) { window.location.reload(); return; }
      shown.replaceChildren(...fresh.childNodes);
    } catch (error) { /* the tracker cannot be reached: look again */ }
    window.setTimeout(look, EVERY);
  };
  window.setTimeout(look, EVERY);
}());
