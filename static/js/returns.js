/* The monthly return: a block copied from a spreadsheet fills the boxes in the order of the page.
   The server reads and checks every figure on saving; nothing is judged here. */
(function () {
  'use strict';
  const BOXES = '.kt-ent input:not([type=hidden]):not([type=checkbox]):not([type=radio])';

  document.querySelectorAll('form[data-return]').forEach((form) => {
    const said = document.createElement('p');
    said.className = 'kt-sr';
    said.setAttribute('role', 'status');
    form.append(said);

    form.addEventListener('paste', (event) => {
      const boxes = Array.from(form.querySelectorAll(BOXES));
      const first = boxes.indexOf(event.target);
      const text = event.clipboardData.getData('text').replace(/\r?\n$/, '');
      if (first < 0 || !/[\t\n]/.test(text)) { return; }
      event.preventDefault();
      const values = text.split(/\t|\r?\n/);
      const filled = values.slice(0, boxes.length - first);
      filled.forEach((value, position) => { boxes[first + position].value = value.trim(); });
      const left = values.length - filled.length;
      said.textContent = filled.length + ' boxes filled'
        + (left ? ', ' + left + ' figures found no box' : '')
        + '. Nothing is saved until you choose Save draft.';
      form.dispatchEvent(new Event('input', { bubbles: true }));
    });
  });
}());
