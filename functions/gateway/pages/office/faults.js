// What is wrong with a form stands at the field that it is about; what is about none of them is left to be said for all of it.
import { make } from './parts.js';

const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
const place = (location) => location.replace(/^(body|query|path)\./, '').replaceAll(/\[(\d+)\]/g, '.$1');

const called = (control) => control.dataset.at ?? control.name;

// controlAt is the field of body.price.amount: the one that is called so, or price.
const controlAt = (form, location) => {
  const controls = [...form.elements].filter((c) => c.name);
  for (let at = place(location); at; at = at.replace(/(^|\.)[^.]*$/, '')) {
    const found = controls.find((c) => called(c) === at);
    if (found) return found;
  }
  return null;
};

const mark = (control, words) => {
  const id = `${control.id}-wrong`;
  document.getElementById(id)?.remove();
  control.setAttribute('aria-invalid', 'true');
  if (!control.getAttribute('aria-describedby')?.includes(id))
    control.setAttribute('aria-describedby', `${control.getAttribute('aria-describedby') ?? ''} ${id}`.trim());
  const said = make('small', { id, class: 'wrong' }, sentence(words));
  if (control.dataset.at && control.type === 'checkbox') control.closest('fieldset').querySelector('legend').after(said);
  else control.closest('.field').append(said);
};

// settle takes away what was said of a field, which somebody has changed since. Checkboxes that are one value are one field.
export const settle = (control) => {
  for (const part of control.form?.elements ?? []) if (part.name && called(part) === called(control)) clean(part);
};
const clean = (control) => {
  if (!control.hasAttribute('aria-invalid')) return;
  const id = `${control.id}-wrong`,
    described = control.getAttribute('aria-describedby').replace(id, '').trim();
  document.getElementById(id)?.remove();
  control.removeAttribute('aria-invalid');
  if (described) control.setAttribute('aria-describedby', described);
  else control.removeAttribute('aria-describedby');
};

// point says each fault at its field, goes to the first of them, and returns what is about no field.
export const point = (form, faults) => {
  for (const control of form.elements) clean(control);
  const left = [];
  let first = null;
  for (const { location, message } of faults) {
    const control = controlAt(form, location);
    if (control) mark(control, message);
    else left.push(sentence(`${place(location)} ${message}`.trim()));
    first ??= control;
  }
  first?.focus();
  return left;
};

// wordsOf is what is left to be said of a refusal, once its faults stand at their fields. at names the field of a code that is about one,
// such as a name that is taken.
export const wordsOf = (form, refused, at = {}) => {
  if (at[refused.code]) return point(form, [{ location: at[refused.code], message: refused.detail }]).join(' ');
  const left = point(form, refused.faults);
  return refused.faults.length ? left.join(' ') : refused.message;
};
