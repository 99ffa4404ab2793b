// What pages are made of. Whatever the mart says is text here, never markup.
import { base, mart } from './mart.js';

// make is an element: its properties, what it says to a screen reader (aria-…, role, for), what is in it.
export const make = (tag, props = {}, ...inside) => {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false || value === null) continue;
    if (/^(aria-|data-|for$|role$)/.test(name)) e.setAttribute(name, value);
    else if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
    else e[name] = value;
  }
  e.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return e;
};
export const title = (text) => make('h1', { tabIndex: -1 }, text);
export const narrow = (...inside) => [make('div', { className: 'narrow' }, ...inside)];
export const link = (to, ...inside) => make('a', { href: base + to }, ...inside);

// locale is how dates, amounts and countries are written: as the page's language has them, in the reader's own variety of
// it where they have one. Whoever translates the shop says so in its html element, and all of them follow.
const { lang } = document.documentElement;
export const locale = navigator.languages.find((l) => l.split('-')[0] === lang) ?? lang;

// money is an amount as people write it; the mart counts in the currency's smallest coin.
export const money = ({ amount, currency }) => {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
};
export const day = (at) =>
  new Date(at).toLocaleDateString(locale, { year: 'numeric', month: 'long', day: 'numeric' });
export const moment = (at) =>
  new Date(at).toLocaleString(locale, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
export const clock = (at) => new Date(at).toLocaleTimeString(locale, { hour: 'numeric', minute: '2-digit' });
export const many = (n, one, more = `${one}s`) => `${n} ${n === 1 ? one : more}`;

// seenAt is where a picture is fetched: those of the demo lie beside this shop, by whatever name this machine was
// called when they were put in.
const seenAt = (address) => {
  const at = URL.parse?.(address) ?? null;
  const ours =
    at && ['localhost', '127.0.0.1', '[::1]'].includes(at.hostname) && at.pathname.startsWith(`${base}/pictures/`);
  return ours ? mart + at.pathname : address;
};
export const picture = (address, name, alt = '') => {
  const tint = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 5; // the same one each time
  const none = () => make('span', { className: `picture none tint-${tint}`, 'aria-hidden': 'true' });
  if (!address) return none();
  const img = make('img', {
    className: 'picture',
    src: seenAt(address),
    alt,
    width: 640,
    height: 640,
    decoding: 'async',
  });
  img.addEventListener('error', () => img.replaceWith(none()));
  return img;
};

let fields = 0; // of which each has an id of its own, also where two forms have one of the same name
// field is a labelled input, named as the request's member that it becomes.
export const field = (label, name, props = {}) => {
  const id = `f-${++fields}`;
  return make(
    'p',
    { className: `field ${props.className ?? ''}` },
    make('label', { for: id }, label, props.required ? '' : make('span', { className: 'quiet' }, ' (optional)')),
    make('input', { ...props, className: '', id, name, 'aria-describedby': `${id}-fault` }),
    make('span', { id: `${id}-fault`, className: 'fault' }),
  );
};
export const choice = (label, name, options, chosen, props = {}) => {
  const id = `f-${++fields}`;
  return make(
    'p',
    { className: 'field' },
    make('label', { for: id }, label),
    make(
      'select',
      { ...props, id, name, 'aria-describedby': `${id}-fault` },
      options.map(([value, text]) => make('option', { value, selected: value === chosen }, text)),
    ),
    make('span', { id: `${id}-fault`, className: 'fault' }),
  );
};

// notice is a problem in the mart's own words, which say what to do, and each fault. A shopper is sent to no page about the API.
export const notice = (problem, ...more) =>
  make(
    'div',
    { className: 'problem', role: 'alert' },
    make('p', {}, make('strong', {}, problem.detail ?? problem.message)),
    problem.errors?.length
      ? make(
          'ul',
          {},
          problem.errors.map((e) =>
            make('li', {}, e.location?.startsWith('body') ? `${e.location.slice(5)} ${e.message}` : e.message),
          ),
        )
      : null,
    ...more,
  );

// form is a form that sends once however often its button is clicked, and says at each field what is wrong with it.
export const form = (send, props, ...inside) => {
  const f = make('form', props, ...inside);
  const said = f.querySelector('.said') ?? f.appendChild(make('div'));
  f.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (f.dataset.busy) return;
    f.dataset.busy = 'yes';
    const buttons = [...f.querySelectorAll('button:not([type=button])')];
    buttons.forEach((b) => b.setAttribute('aria-disabled', 'true'));
    for (const input of f.querySelectorAll('[aria-invalid]')) fault(input, '');
    said.replaceChildren();
    try {
      await send(new FormData(f), f);
    } catch (problem) {
      const errors = problem.errors ?? [],
        rest = atFields(f, errors);
      const allThere = errors.length && !rest.length; // each stands at its field
      if (!allThere)
        said.replaceChildren(notice({ ...problem, detail: problem.detail ?? problem.message, errors: rest }));
      (f.querySelector('[aria-invalid=true]') ?? said.firstChild)?.scrollIntoView({ block: 'center' });
      f.querySelector('[aria-invalid=true]')?.focus();
    } finally {
      delete f.dataset.busy;
      buttons.forEach((b) => b.removeAttribute('aria-disabled'));
    }
  });
  f.addEventListener('input', ({ target }) => {
    if (target.getAttribute('aria-invalid')) fault(target, ''); // what was wrong is not what stands there now
    said.querySelector('.problem')?.remove();
  });
  return f;
};
// atFields says at each field what is wrong with it, and gives what is wrong with no field. named says which field has a
// member of the request.
export const atFields = (f, errors, named = (member) => member) =>
  errors.filter((e) => !fault(f.elements[named(e.location?.replace(/^body\./, ''))], sentence(e.message)));

// sentence is a fault as shoppers read it, who know countries by their names.
const regions = new Intl.DisplayNames(locale, { type: 'region' });
const sentence = (fault) => {
  const plain = fault
    .replace(/ of [A-Z]{2}(?= such as )/, '')
    .replace(/\b[A-Z]{2}(?= has (no|a) postal code)/, (code) => regions.of(code));
  return `${/^(is|has|must|may|looks|needs)\b/.test(plain) ? 'It ' : ''}${plain}.`;
};
export const fault = (input, text) => {
  const at = input?.id && document.getElementById(`${input.id}-fault`);
  if (!at) return false;
  at.textContent = text;
  if (text) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
  return true;
};

// dialog asks before something is done that cannot be taken back: act does it, after follows once it is done. What the
// mart refuses is shown in the dialog, which stays; who closes it is where they were.
export const dialog = (name, go, { act, after }, ...inside) => {
  const asked = make(
    'dialog',
    { 'aria-labelledby': 'dialog' },
    make('h2', { id: 'dialog' }, name),
    form(
      async () => {
        await act();
        asked.close();
        await after();
      },
      {},
      ...inside,
      make('div', { className: 'said' }),
      make(
        'p',
        { className: 'acts' },
        make('button', { type: 'button', onclick: () => asked.close() }, 'Back'),
        make('button', { className: 'main danger' }, go),
      ),
    ),
  );
  asked.addEventListener('close', () => asked.remove());
  document.getElementById('main').append(asked);
  asked.showModal();
};

// sums is a sum, line by line.
export const sums = (rows) =>
  make(
    'dl',
    { className: 'sums' },
    rows
      .filter(Boolean)
      .map(([name, value, strong]) =>
        make('div', { className: strong ? 'total' : '' }, make('dt', {}, name), make('dd', {}, value)),
      ),
  );
export const costs = (of) =>
  sums([
    ['Goods', money(of.goods)],
    ...of.charges.map((c) => [c.name, c.amount.amount ? money(c.amount) : 'Free']),
    ...of.taxes.filter((t) => !t.included).map((t) => [t.name, money(t.amount)]),
    ['Total', money(of.total), true],
    ...of.taxes.filter((t) => t.included).map((t) => [`${t.name}, included`, money(t.amount)]),
  ]);
