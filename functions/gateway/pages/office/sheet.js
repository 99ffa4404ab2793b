// A form that is a page: of whoever has no log-in yet.
import { Refusal } from './api.js';
import { settle, wordsOf } from './faults.js';
import { make } from './parts.js';

// sheet carries out what is filled in; what is refused stands at its field, or above the button.
export const sheet = (go, carry, ...inside) => {
  const fault = make('p', { class: 'problem', role: 'alert', hidden: true });
  const act = make('button', { class: 'strong' }, go);
  const complain = (words) => {
    fault.hidden = !words;
    fault.textContent = words;
  };
  let busy = false;
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    act.setAttribute('aria-disabled', true);
    complain('');
    try {
      await carry(Object.fromEntries(new FormData(form)));
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused;
      complain(wordsOf(form, refused));
    } finally {
      busy = false;
      act.setAttribute('aria-disabled', false);
    }
  };
  const input = ({ target }) => {
    settle(target);
    complain('');
  };
  const form = make('form', { class: 'way-in', submit, input }, ...inside, fault, act);
  return form;
};
