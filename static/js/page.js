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
