/* A measure's set-up: the example figure is judged while somebody types. The server judges; the
   page works without this script, by the button. */
(function () {
  'use strict';
  const ASK_AFTER = 250; // milliseconds after a key
  const form = document.querySelector('form[data-example]');
  const shown = form && form.querySelector('[data-judged]');
  if (!shown) { return; }
  const words = form.dataset;
  let timer = 0;
  let latest = 0;

  const ask = () => {
    const asked = latest += 1;
    const data = new FormData(form);
    data.set('action', 'try');
    fetch(words.example, { method: 'POST', body: data, headers: { 'X-Part': 'example' } })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer)))
      .then((html) => {
        if (asked !== latest) { return; }
        /* Nothing of it runs in a template. */
        const read = document.createElement('template');
        read.innerHTML = html;
        shown.replaceChildren(read.content);
      })
      .catch(() => { /* The button still asks. */ });
  };

  form.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, ASK_AFTER);
  });
}());
