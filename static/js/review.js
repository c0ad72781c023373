/* The review of a return: the bar says how many rows are marked and what the button then does.
   Without it the page works; the server decides what is done, and says so. */
(function () {
  'use strict';
  document.querySelectorAll('form[data-review]').forEach((form) => {
    const button = form.querySelector('[data-approve]');
    const said = form.querySelector('[data-said]');
    if (!button || !said) { return; }
    const all = Number(button.dataset.approve);
    const words = said.textContent.replace(/^\d+ rows? (is|are) marked to go back\. /, '');
    const whole = button.textContent.trim().replace(/^(Approve the other|Send back).*$/, 'Approve');

    form.addEventListener('change', () => {
      const marked = form.querySelectorAll('[name=back]:checked').length;
      const left = all - marked;
      button.textContent = marked === 0 ? whole
        : left ? 'Approve the other ' + left : 'Send back what is marked';
      said.textContent = (marked === 0 ? '' : marked === 1 ? '1 row is marked to go back. '
        : marked + ' rows are marked to go back. ') + words;
    });
  });
}());
