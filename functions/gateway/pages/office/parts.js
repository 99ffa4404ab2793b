// What the rooms of the office are made of. Everything that is shown is set as text: nothing that somebody wrote is ever read as HTML.
import { locale } from '/words.js';

export { id } from '/words.js';

const present = (all) => all.flat().filter((x) => x !== undefined && x !== null && x !== false && x !== '');
export const make = (tag, attributes = {}, ...inside) => {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') e.addEventListener(name, value);
    else e.setAttribute(name, value === true ? '' : value);
  }
  e.append(...present(inside));
  return e;
};
// fill puts this into an element instead of what there was; what is not there is left out.
export const fill = (e, ...inside) => e.replaceChildren(...present(inside));

// Money is in minor units, of which a currency has as many as the reader's own way of writing it says.
const formats = new Map();
const format = (currency) => {
  if (!formats.has(currency)) formats.set(currency, new Intl.NumberFormat(locale, { style: 'currency', currency }));
  return formats.get(currency);
};
export const digits = (currency) => format(currency).resolvedOptions().maximumFractionDigits;
export const money = ({ amount, currency }) => format(currency).format(amount / 10 ** digits(currency));
// plain is an amount as it stands in a field, and minor what a field says; null where that is no amount.
export const plain = ({ amount, currency }) => (amount / 10 ** digits(currency)).toFixed(digits(currency));
export const minor = (said, currency) => {
  const [, whole, part = ''] = said.trim().match(/^(\d+)(?:[.,](\d+))?$/) ?? [];
  if (whole === undefined || part.length > digits(currency)) return null;
  return Number(whole + part.padEnd(digits(currency), '0'));
};

const days = { year: 'numeric', month: 'short', day: 'numeric' };
export const time = (at) =>
  make('time', { datetime: at }, new Date(at).toLocaleString(locale, { ...days, hour: 'numeric', minute: '2-digit' }));
export const day = (at) => make('time', { datetime: at }, new Date(at).toLocaleDateString(locale, days));

export const clock = (at) => make('time', { datetime: at }, new Date(at).toLocaleTimeString(locale));

// country is what the browser calls one, by its two letters.
const countries = new Intl.DisplayNames(locale, { type: 'region' });
export const country = (code) => (/^[A-Z]{2}$/.test(code) ? countries.of(code) : code);

// midnight is when a day begins where the reader is, some days later; of no day, nothing.
export const midnight = (date, later) => {
  if (!date) return '';
  const at = new Date(`${date}T00:00`);
  at.setDate(at.getDate() + later);
  return at.toISOString();
};

// inWords is a name of the API as people say it.
export const inWords = (name) => name.replaceAll('_', ' ');
const urgent = ['paid', 'paid, partly sent', 'requested', 'requires_action', 'approved', 'open'],
  bad = ['not read', 'partly read', 'declined', 'failed', 'disabled', 'cancelled', 'expired', 'refused', 'unknown', 'voided', 'hopeless'];
export const badge = (state) =>
  make('span', { class: `badge ${urgent.includes(state) ? 'urgent' : bad.includes(state) ? 'bad' : ''}` }, inWords(state));

export const link = (href, ...inside) => make('a', { href }, ...inside);
export const button = (id, click, ...inside) => make('button', { type: 'button', id, click }, ...inside);
export const quiet = (...inside) => make('p', { class: 'quiet' }, ...inside);

// facts is names with what they are; what is empty is left out.
export const facts = (...pairs) =>
  make(
    'dl',
    { class: 'facts' },
    pairs
      .filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false)
      .map(([name, ...value]) => make('div', {}, make('dt', {}, name), make('dd', {}, ...value))),
  );

export const section = (title, ...inside) => {
  const id = `of-${title.toLowerCase().replaceAll(/\W+/g, '-')}`;
  return make('section', { 'aria-labelledby': id }, make('h2', { id }, title), ...inside);
};

// table is rows of cells, of which the first is the row's head. On a phone each row is a card, in which every cell says what it is; the roles
// are said because a table that is not laid out as one is none to a screen reader.
export const table = (caption, heads, rows, empty = 'Nothing.') => {
  if (!rows.length) return make('p', { class: 'empty' }, empty);
  const names = heads.map((h) => h.replace('#', ''));
  const kind = (i) => heads[i].startsWith('#') && 'number';
  const cell = (inside, i) =>
    make(
      i ? 'td' : 'th',
      { role: i ? 'cell' : 'rowheader', scope: i ? undefined : 'row', class: kind(i), 'data-is': names[i] || undefined },
      inside,
    );
  return make(
    'table',
    { role: 'table' },
    make('caption', { class: 'unseen' }, caption),
    make(
      'thead',
      { role: 'rowgroup' },
      make(
        'tr',
        { role: 'row' },
        names.map((n, i) =>
          make('th', { role: 'columnheader', scope: 'col', class: kind(i) }, n || make('span', { class: 'unseen' }, 'What to do')),
        ),
      ),
    ),
    make(
      'tbody',
      { role: 'rowgroup' },
      rows.map((r) => make('tr', { role: 'row' }, r.map(cell))),
    ),
  );
};

// pager leads on to the next page of a list, and back to its first.
export const pager = (query, next) => {
  const at = (cursor) => {
    const to = new URLSearchParams(query);
    to.delete('cursor');
    if (cursor) to.set('cursor', cursor);
    return `${location.pathname}${to.size ? `?${to}` : ''}`;
  };
  if (!next && !query.get('cursor')) return '';
  return make(
    'nav',
    { class: 'pager', 'aria-label': 'Pages of the list' },
    query.get('cursor') && link(at(''), 'First page'),
    next && link(at(next), 'Next page'),
  );
};

let fields = 0;
// field is a control with its name. Of choices each is a value, or a value and what people read.
export const field = (title, attributes = {}, choices = null) => {
  const id = `field-${++fields}`,
    { value, hint, ...rest } = attributes;
  const tag = choices ? 'select' : attributes.type === 'long' ? 'textarea' : 'input';
  if (rest.type === 'long') delete rest.type;
  const control = make(
    tag,
    { id, ...rest, 'aria-describedby': hint ? `${id}-hint` : undefined },
    (choices ?? []).map((c) => {
      const [is, says] = [c].flat();
      return make('option', { value: is, selected: is === (value ?? '') }, says ?? inWords(is));
    }),
  );
  if (!choices && value !== undefined && value !== null) control.value = value;
  return make(
    'p',
    { class: rest.type === 'checkbox' ? 'field check' : 'field' },
    make('label', { for: id }, title),
    control,
    hint && make('small', { id: `${id}-hint`, class: 'quiet' }, hint),
  );
};

// search is a form of filters. They are in the page's address, so that they survive a reload, the way back, and being sent to somebody; read
// makes of what was filled in what the address says.
export const search = (label, controls, read = (asked) => asked) =>
  make(
    'form',
    {
      class: 'filters',
      role: 'search',
      'aria-label': label,
      submit: async (event) => {
        event.preventDefault();
        const asked = await read(Object.fromEntries([...new FormData(event.target)].map(([name, value]) => [name, value.trim()])));
        if (!asked) return;
        const to = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
        location.assign(`${location.pathname}${to.size ? `?${to}` : ''}`);
      },
    },
    ...controls,
    make('button', { class: 'strong' }, 'Show'),
    location.search && link(location.pathname, 'Clear'),
  );

export const say = (words) => {
  const problem = document.getElementById('problem');
  problem.hidden = !words;
  problem.textContent = words;
};
export const told = (words) => {
  document.getElementById('told').textContent = words;
};
export const entitle = (title, ...beside) => {
  document.getElementById('title').replaceChildren(title.replace(/M-(?=\d)/, 'M\u2011'), ...beside); // a number is one word
  document.title = `${title} · Office · Mart`;
};
