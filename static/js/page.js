/* Small things on every page, by data- attribute. Every page works without them. */
(function () {
  'use strict';
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  /* Buttons that only a script can serve appear only where scripts run. */
  all('.kt-needs-script[hidden]').forEach((element) => { element.hidden = false; });
  all('[data-print]').forEach((button) => {
    button.addEventListener('click', () => window.print());
  });

  /* What is wrong takes the focus, and its links lead into the fields. */
  const summary = document.querySelector('[data-error-summary]');
  if (summary) {
    summary.focus();
    summary.addEventListener('click', (event) => {
      const link = event.target.closest('a[href^="#"]');
      const field = link && document.getElementById(link.hash.slice(1));
      if (!field) { return; }
      event.preventDefault();
      const group = field.closest('fieldset, .nhsuk-form-group, tr');
      (group || field).scrollIntoView();
      field.focus({ preventScroll: true });
    });
  }

  /* An answer to a form begins with what is wrong, not at the place (#…) the form was sent from. */
  all('form[method=post]:not([action])').forEach((form) => {
    form.action = window.location.pathname + window.location.search;
  });

  /* A search over a long list of choices: what is ticked stays in sight. It is sent with no form. */
  all('[data-searches]').forEach((box) => {
    const list = document.getElementById(box.dataset.searches);
    const said = box.parentElement.querySelector('[data-search-said]');
    const items = Array.from(list.children);
    const look = () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      items.forEach((item) => {
        const text = item.textContent.toLowerCase();
        const fits = words.every((word) => text.includes(word));
        item.hidden = !fits && !item.querySelector('input').checked;
        count += fits ? 1 : 0;
      });
      said.textContent = words.length ? `${count} of ${items.length} fit` : '';
    };
    box.addEventListener('input', (event) => { event.stopPropagation(); look(); });
    box.addEventListener('keydown', (event) => { if (event.key === 'Enter') { event.preventDefault(); } });
  });

  /* Typed and not saved: the browser asks before the page is left. */
  all('form[data-warn-unsaved], form[data-return]').forEach((form) => {
    let changed = false;
    form.addEventListener('input', () => { changed = true; });
    form.addEventListener('submit', () => { changed = false; });
    form.addEventListener('kept', () => { changed = false; });
    window.addEventListener('beforeunload', (event) => {
      if (changed) { event.preventDefault(); }
    });
  });
}());
