import { changes, Refusal } from './api.js';
import { point, settle, wordsOf } from './faults.js';
import { button, make, told } from './parts.js';

// confirm asks before something is done, and says what will happen. title names it, go is what the button says; says makes the sentence of what
// is filled in, and is asked again whenever that changes; check may say what is wrong with it, in words or as faults with their places. carry does it,
// with a way to change things under one intention; what the mart refuses is shown in its own words, each fault at its field, and the dialog stays;
// at names the fields of codes that are about one. then follows once it is done. The focus goes back to where it was, or, where that is gone, to the
// page's title.
export const confirm = ({
  title,
  go,
  danger = false,
  fields = [],
  says,
  check = () => '',
  at = {},
  carry,
  then = () => {},
  done = 'Done.',
}) => {
  const opener = document.activeElement?.id,
    change = changes();
  const sentence = make('p', { class: 'says', id: 'dialog-says', 'aria-live': 'polite' });
  const fault = make('p', { class: 'problem', role: 'alert', hidden: true });
  const back = button('dialog-back', () => dialog.close(), 'Back');
  const act = make('button', { id: 'dialog-go', class: danger ? 'danger' : 'strong' }, go);
  const form = make('form', { class: 'fields' }, fields, sentence, fault, make('p', { class: 'acts' }, back, act));
  const dialog = make(
    'dialog',
    { id: 'dialog', 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-says' },
    make('h2', { id: 'dialog-title' }, title),
    form,
  );
  let busy = false;

  const values = () => Object.fromEntries(new FormData(form));
  const complain = (words) => {
    fault.hidden = !words;
    fault.textContent = words;
  };
  const renew = () => {
    const words = [says(values())].flat();
    if (sentence.textContent !== words.map((w) => w.textContent ?? w).join('')) sentence.replaceChildren(...words);
  };
  const lock = (now) => {
    busy = now;
    for (const b of [back, act]) b.setAttribute('aria-disabled', now);
    form.setAttribute('aria-busy', now);
  };
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return; // the same click twice is one
    const wrong = check(values());
    complain(typeof wrong === 'string' ? wrong : point(form, wrong).join(' '));
    if (wrong.length) return;
    lock(true);
    try {
      await carry(values(), change);
    } catch (refused) {
      lock(false);
      if (!(refused instanceof Refusal)) throw refused;
      complain(wordsOf(form, refused, at));
      renew(); // it may have learned something
      return;
    }
    lock(false);
    dialog.close();
    await then();
    told(done);
    focusOn(opener);
  };

  form.addEventListener('submit', submit);
  form.addEventListener('input', ({ target }) => {
    settle(target);
    complain('');
    renew();
  });
  back.addEventListener(
    'click',
    (event) => {
      if (busy) event.stopImmediatePropagation();
    },
    { capture: true },
  );
  dialog.addEventListener('cancel', (event) => {
    if (busy) event.preventDefault();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    focusOn(opener);
  });
  told('');
  document.body.append(dialog);
  renew();
  dialog.showModal();
  (form.querySelector('input, select, textarea') ?? back).focus();
  return dialog;
};

const focusOn = (id) => ((id && document.getElementById(id)) || document.getElementById('title')).focus();
