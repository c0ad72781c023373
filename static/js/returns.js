/* The monthly return: results while typing, a draft that keeps itself, and the keyboard.
   The server judges; nothing is judged here. The page works without this script. */
(function () {
  'use strict';
  const ASK_AFTER = 20;          // milliseconds after a key, so that the result is there within 150
  const TELL_AFTER = 1200;       // a screen reader hears the result when the typing pauses
  const KEEP_AFTER = 4000;       // the draft is saved after a pause
  const TRY_AGAIN_AFTER = 30000; // and tried again while the tracker cannot be reached
  const LEAVE = { none: 'no_data_reason', comment: 'comment', change: 'change_reason' };

  const form = document.querySelector('form[data-return][data-result]');
  if (!form) { return; }
  const words = form.dataset;
  const said = form.querySelector('[data-said]');
  const kept = form.querySelector('[data-kept]');
  const byId = (id) => document.getElementById(id);

  /* --- Rows and their boxes ------------------------------------------------------------------ */

  const rowOf = (element) => {
    const row = element && element.closest ? element.closest('[data-row], [data-below]') : null;
    return row ? row.dataset.row || row.dataset.below : '';
  };
  const halves = (key) => [
    form.querySelector('[data-row="' + key + '"]'), form.querySelector('[data-below="' + key + '"]'),
  ];
  const holdsFocus = (element) => element && element.contains(document.activeElement);
  const hasFocus = (key) => halves(key).some(holdsFocus);
  const boxesOf = (key) => Array.from(form.querySelectorAll('[name^="' + key + '-"]'));
  const valueOf = (box) => (box.type === 'checkbox' ? (box.checked ? 'on' : '') : box.value);

  /* What a few rows would send, as the whole form does. */
  const dataOf = (keys) => {
    const data = new URLSearchParams();
    data.set('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value);
    keys.forEach((key) => boxesOf(key).forEach((box) => {
      if (box.type !== 'checkbox' || box.checked) { data.set(box.name, box.value); }
    }));
    return data;
  };

  /* Rare choices, and the link to the measure, are no stops of the Tab key: Alt and an arrow lead
     to them from a box of the row, and a box that is needed opens by itself. */
  const stepAside = (within) => within.querySelectorAll('[data-aside]').forEach((element) => {
    element.tabIndex = -1;
  });

  /* --- An answer of the server: a row as it is now ------------------------------------------ */

  const early = new Map(); // rows with something only unfinished, while they are being typed in

  const replacePart = (fresh, sent) => {
    const part = byId(fresh.id);
    if (!part || holdsFocus(part)) { return !part; }
    const opened = Array.from(part.querySelectorAll('[data-opens]:checked'), (box) => box.dataset.opens);
    const typed = new Map(Array.from(part.querySelectorAll('[name]'), (box) => [box.name, valueOf(box)]));
    part.replaceChildren(...fresh.childNodes);
    part.querySelectorAll('[data-opens]').forEach((box) => { box.checked = opened.includes(box.dataset.opens); });
    part.querySelectorAll('[name]').forEach((box) => {
      /* What was typed while the answer was under way stays. */
      if (typed.has(box.name) && typed.get(box.name) !== (sent.get(box.name) || '')) {
        if (box.type === 'checkbox') { box.checked = typed.get(box.name) === 'on'; } else { box.value = typed.get(box.name); }
      }
    });
    stepAside(part);
    return true;
  };

  /* A box stays in its place: it takes over how it is marked, and what somebody else has saved. */
  const takeOver = (fresh, sent) => {
    const box = byId(fresh.id);
    if (!box || box.closest('[data-part]')) { return; }
    box.className = fresh.className;
    if (fresh.hasAttribute('aria-invalid')) { box.setAttribute('aria-invalid', 'true'); } else { box.removeAttribute('aria-invalid'); }
    if (box.type === 'hidden' || (valueOf(box) === (sent.get(box.name) || '') && box !== document.activeElement)) {
      box.value = fresh.value;
    }
  };

  /* What the server drew, in a template: nothing of it runs there. */
  const read = (html) => {
    const answer = document.createElement('template');
    answer.innerHTML = html;
    return answer.content;
  };

  /* What is only unfinished is shown when the row is left. */
  const untold = (...rows) => rows.forEach((row) => {
    row.classList.remove('is-bad');
    row.querySelectorAll('.nhsuk-error-message').forEach((message) => message.remove());
    row.querySelectorAll('[aria-invalid]').forEach((box) => {
      box.removeAttribute('aria-invalid');
      box.classList.remove('nhsuk-input--error');
    });
  });

  const show = (html, sent, { isLive = false } = {}) => {
    const answer = read(html);
    answer.querySelectorAll('[data-row]').forEach((fresh) => {
      const key = fresh.dataset.row;
      const [row, below] = halves(key);
      if (!row) { return; }
      const freshBelow = answer.querySelector('[data-below="' + key + '"]');
      early.delete(key);
      if (isLive && fresh.hasAttribute('data-unfinished') && holdsFocus(row)) {
        early.set(key, [html, sent]);
        untold(fresh, freshBelow);
      }
      const parts = [...fresh.querySelectorAll('[data-part]'), ...freshBelow.querySelectorAll('[data-part]')];
      fresh.querySelectorAll('[name]').forEach((box) => takeOver(box, sent));
      /* What is being typed below stays open, with its choice. */
      const isBelow = holdsFocus(below);
      const all = parts.map((part) => !(isBelow && part.id === key + '-choices') && replacePart(part, sent));
      row.className = fresh.className;
      row.dataset.toDo = fresh.dataset.toDo;
      if (!isBelow) { below.className = freshBelow.className; }
      /* A part that holds the focus is asked for again when the focus leaves it. */
      if (all.includes(false)) { waiting.add(key); } else { waiting.delete(key); }
    });
    count();
  };

  /* --- Progress ------------------------------------------------------------------------------ */

  const count = () => {
    const rows = Array.from(form.querySelectorAll('[data-row]'));
    const kinds = rows.map((row) => row.dataset.toDo.split(' ').filter(Boolean));
    const ready = kinds.filter((left) => !left.length).length;
    const said = (kind) => {
      const number = kinds.filter((left) => left.includes(kind.dataset.kind)).length;
      return number ? number + ' ' + (number > 1 ? kind.dataset.many : kind.dataset.one) : '';
    };
    const list = Array.from(form.querySelectorAll('[data-kind]'));
    const left = form.querySelector('[data-left]');
    left.textContent = ready === rows.length ? left.dataset.done
      : (rows.length - ready) + ' to finish: ' + list.map(said).filter(Boolean).join(', ');
    const without = form.querySelector('[data-without]');
    without.hidden = !(ready < rows.length && kinds.flat().every((kind) => kind === 'comment'));
    if (without.hidden) { without.querySelector('input').checked = false; }
    const comments = said(list.find((kind) => kind.dataset.kind === 'comment'));
    form.querySelector('.kt-progress__n').lastChild.textContent =
      ' of ' + rows.length + ' ready' + (comments ? ', ' + comments : '');
    form.querySelector('.kt-progress__n b').textContent = ready;
    form.querySelector('.kt-progress progress').value = ready;
  };

  /* --- The result while typing --------------------------------------------------------------- */

  const waiting = new Set();
  let asking = null;
  let askTimer = 0;
  let tellTimer = 0;

  const ask = (key) => {
    if (asking) { asking.abort(); }
    const mine = asking = new AbortController();
    const sent = dataOf([key]);
    return fetch(words.result, { method: 'POST', body: sent, signal: mine.signal, headers: { Accept: 'text/html' } })
      .then((response) => (response.ok && !response.redirected ? response.text() : ''))
      .then((html) => { if (html && mine === asking) { show(html, sent, { isLive: true }); } })
      .catch(() => {}); // what cannot be reached now is shown when the draft is saved
  };

  /* In words, once, for those who cannot see it: never on every key. */
  const tell = (key) => {
    const [row, below] = halves(key);
    const spoken = [row.querySelector('th a'), byId(key + '-faults'), byId(key + '-result'), ...below.querySelectorAll('.kt-warn p')];
    const words = (part) => (part ? part.textContent.replace(/\s+/g, ' ').trim().replace(/\.$/, '') : '');
    const text = spoken.map(words).filter(Boolean).map((part) => part + '.').join(' ');
    if (said.textContent !== text) { said.textContent = text; }
  };

  const askSoon = (key) => {
    window.clearTimeout(askTimer);
    window.clearTimeout(tellTimer);
    askTimer = window.setTimeout(() => ask(key), ASK_AFTER);
    tellTimer = window.setTimeout(() => tell(key), TELL_AFTER);
  };

  /* --- The draft keeps itself ---------------------------------------------------------------- */

  const changed = new Set();
  let saving = null;
  let under = []; // the rows of the save under way
  let keepTimer = 0;
  let isSent = false; // the whole form is on its way: nothing is kept after it

  const tellKept = (text, isBad) => {
    kept.textContent = text;
    kept.classList.toggle('is-bad', Boolean(isBad));
  };

  const whyNot = async (response) => {
    if (response.status === 409) { return (await response.json()).problem; }
    if (response.status === 403) {
      return /name="password"/.test(await response.text()) ? words.signedOut : words.forbidden;
    }
    return response.status >= 500 ? words.down : words.refused;
  };

  const keepOnce = async (isLeaving, without) => {
    const keys = under = Array.from(changed);
    const sent = dataOf(keys);
    sent.delete(without);
    changed.clear();
    try {
      const response = await fetch(words.keep, { method: 'POST', body: sent, keepalive: isLeaving, headers: { Accept: 'application/json' } });
      const isAnswer = (response.headers.get('Content-Type') || '').startsWith('application/json');
      if (!response.ok || !isAnswer) {
        keys.forEach((key) => changed.add(key));
        tellKept(words.notKept + ' ' + await whyNot(response), true);
        return;
      }
      const answer = await response.json();
      show(answer.rows, sent);
      tellKept(answer.said, answer.is_conflict);
      form.querySelector('[data-status]').replaceChildren(...read(answer.status).childNodes);
      if (answer.is_conflict) { said.textContent = answer.said; }
      if (!changed.size) { form.dispatchEvent(new Event('kept')); }
    } catch (error) {
      keys.forEach((key) => changed.add(key));
      tellKept(words.notKept + ' ' + words.down, true);
      keepSoon(TRY_AGAIN_AFTER);
    }
  };

  /* One save at a time: the next one must know the versions that this one makes. */
  const keep = async (isLeaving, without) => {
    window.clearTimeout(keepTimer);
    while (saving) { await saving; }
    if (isSent || !changed.size) { return; }
    saving = keepOnce(isLeaving, without);
    await saving;
    saving = null;
  };

  function keepSoon(after) {
    window.clearTimeout(keepTimer);
    keepTimer = window.setTimeout(() => keep(false), after);
  }

  const touch = (key) => {
    isSent = false; // whoever types again is still on this page
    changed.add(key);
    keepSoon(KEEP_AFTER);
  };

  form.addEventListener('input', (event) => {
    const key = rowOf(event.target);
    if (!key || !event.target.name) { return; }
    const tick = byId(key + '-confirmed');
    /* A tick confirms the figure that it was given for. */
    if (tick && event.target.closest('.kt-ent')) { tick.checked = false; }
    touch(key);
    askSoon(key);
  });

  form.addEventListener('change', async (event) => {
    const box = event.target;
    const key = rowOf(box);
    if (box.dataset.opens && box.checked) { byId(key + '-' + LEAVE[box.dataset.opens]).focus(); }
    if (key && box.name === key + '-confirmed' && box.checked && changed.has(key)) {
      /* The figure is saved without the tick first, so that the tick is known to be for it. */
      await keep(false, box.name);
      touch(key);
    }
  });

  form.addEventListener('focusout', (event) => {
    const key = rowOf(event.target);
    if (!key) { return; }
    window.setTimeout(() => {
      const isLeft = !hasFocus(key);
      if (isLeft && early.has(key)) { show(...early.get(key)); tell(key); }
      if (waiting.has(key)) { ask(key); }
      if (isLeft && changed.has(key)) { keepSoon(300); }
    });
  });

  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && changed.size) { keep(true); }
  });

  /* A button waits for the save under way where a row of it was changed again: what is sent then
     is based on the versions of now. */
  form.addEventListener('submit', (event) => {
    window.clearTimeout(keepTimer);
    if (!saving || !under.some((key) => changed.has(key))) {
      isSent = true;
      return;
    }
    event.preventDefault();
    const button = event.submitter;
    saving.then(() => form.requestSubmit(button));
  });
  window.addEventListener('pageshow', () => { isSent = false; });

  /* --- The keyboard -------------------------------------------------------------------------- */

  const stops = () => Array.from(form.querySelectorAll('input[name], select[name], textarea[name], .kt-submit button'))
    .filter((box) => box.type !== 'hidden' && !box.disabled && box.tabIndex >= 0 && box.offsetParent);

  form.addEventListener('keydown', (event) => {
    const box = event.target;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector('button[value=save]'));
    } else if (event.key === 'Enter' && /^(INPUT|SELECT)$/.test(box.tagName)) {
      event.preventDefault();
      /* From figure to figure: what a result asks for in between, while somebody types with their
         eyes on a list, must not catch the next figure. Tab leads to it. */
      const all = stops().filter((stop) => !box.closest('.kt-ent') || stop.closest('.kt-ent, .kt-submit'));
      const next = all[all.indexOf(box) + (event.shiftKey ? -1 : 1)];
      if (next) { next.focus(); if (next.select) { next.select(); } }
    } else if (rowOf(box)) {
      moveAside(event, box, rowOf(box));
    }
  });

  const moveAside = (event, box, key) => {
    const asides = Array.from(halves(key)[0].querySelectorAll('[data-aside]'));
    const at = asides.indexOf(box);
    let next = null;
    if (event.altKey && event.key === 'ArrowDown' && at < 0) { next = asides[1] || asides[0]; }
    if (at >= 0 && event.key === 'ArrowRight') { next = asides[(at + 1) % asides.length]; }
    if (at >= 0 && event.key === 'ArrowLeft') { next = asides[(at - 1 + asides.length) % asides.length]; }
    if (at >= 0 && event.key === 'Escape') { next = boxesOf(key).find((one) => one.offsetParent); }
    if (next) { event.preventDefault(); next.focus(); }
  };

  /* --- A block from a spreadsheet: the server shows what would go where before it is taken ------ */

  form.addEventListener('paste', async (event) => {
    const block = event.clipboardData.getData('text');
    const focused = event.target.name; // a column alone fills the box that it was pasted on
    const key = rowOf(event.target);
    if (!key || !event.target.closest('.kt-pair') || !/[\t\n]/.test(block.trim())) { return; }
    event.preventDefault();
    await keep();
    if (changed.size) { return; } // what was typed is not saved, and the bar says why
    const preview = document.createElement('form');
    preview.method = 'post';
    preview.action = words.paste;
    preview.hidden = true;
    const fields = { csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, block, from: focused };
    Object.entries(fields).forEach(([name, value]) => {
      const box = preview.appendChild(document.createElement('textarea'));
      box.name = name;
      box.value = value;
    });
    document.body.append(preview);
    form.dispatchEvent(new Event('kept'));
    preview.submit();
  });

  stepAside(form);
}());
