// Forms out of declarations. A field says its name in the API, what people read, and of what kind it is; a kind makes of a value what stands in
// the field, and of what stands there the value: null where nothing does, undefined where it is no such value.
import { field, make, minor, plain } from './parts.js';

const local = (at) => {
  const moment = new Date(at);
  return new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
const number = (said) => (/^-?\d+$/.test(said) ? Number(said) : undefined);
export const lines = (said) =>
  said
    .split('\n')
    .map((l) => l.trim())
    .filter(Boolean);
export const list = (said) =>
  said
    .split(',')
    .map((x) => x.trim())
    .filter(Boolean);

export const kinds = {
  text: { show: (x) => x, take: (said) => said },
  long: { with: { type: 'long', rows: 4 }, show: (x) => x, take: (said) => said },
  choice: { show: (x) => x, take: (said) => said },
  address: { with: { type: 'url' }, show: (x) => x, take: (said) => said },
  whole: { with: { inputmode: 'numeric' }, show: String, take: number, wrong: 'must be a whole number' },
  money: { with: { inputmode: 'decimal' }, show: plain, wrong: 'must be an amount, such as 19.99' },
  percent: {
    with: { inputmode: 'decimal' },
    show: (x) => String(x / 1000),
    take: (said) => (/^\d+([.,]\d{1,3})?$/.test(said) ? Math.round(Number(said.replace(',', '.')) * 1000) : undefined),
    wrong: 'must be percent, such as 20 or 8.875',
  },
  moment: { with: { type: 'datetime-local' }, show: local, take: (said) => new Date(said).toISOString() },
  yes: { with: { type: 'checkbox' } },
};

const kindOf = (f) => ({ ...kinds.text, ...kinds[f.kind], ...f.as });
const empty = (x) => x === undefined || x === null || x === '';
// shown is what stands in a field of a value; of a checkbox whether it is ticked.
const shown = (f, thing) => {
  const value = thing?.[f.name] ?? f.initially;
  if (f.kind === 'yes') return Boolean(value);
  return empty(value) ? '' : kindOf(f).show(value);
};

// draw makes the fields, with what a thing has in them. Of several, each value is a checkbox.
export const draw = (declared, thing) =>
  declared.map((f) => {
    if (f.kind === 'several') return group(f, thing);
    const { label, name, hint, required, choices, attributes } = f;
    return field(
      label,
      {
        name,
        hint,
        required,
        autocomplete: 'off',
        ...kindOf(f).with,
        ...attributes,
        ...(f.kind === 'yes' ? { checked: shown(f, thing) } : { value: shown(f, thing) }),
      },
      choices ?? null,
    );
  });
const group = (f, thing) =>
  make(
    'fieldset',
    {},
    make('legend', {}, f.label),
    f.choices.map(([is, says, hint]) =>
      field(says, { name: `${f.name}-${is}`, 'data-at': f.name, type: 'checkbox', hint, checked: thing?.[f.name]?.includes(is) }),
    ),
  );

// taken is what is filled in, as the API has it, and what is wrong with it.
export const taken = (declared, values) => {
  const body = {},
    faults = [];
  for (const f of declared) {
    const said = (values[f.name] ?? '').trim();
    let value = null;
    if (f.kind === 'several') value = f.choices.map(([is]) => is).filter((is) => values[`${f.name}-${is}`]);
    else if (f.kind === 'yes') value = Boolean(values[f.name]);
    else if (f.kind === 'money' && said) value = amount(said, f.currency ?? values.currency);
    else if (said) value = kindOf(f).take(said);
    if (f.kind === 'several' && f.required && !value.length) faults.push({ location: f.name, message: 'choose at least one' });
    if (value === undefined) faults.push({ location: f.name, message: f.wrong ?? kindOf(f).wrong });
    else body[f.name] = value;
  }
  return { body, faults };
};
const amount = (said, currency) => {
  if (!/^[A-Z]{3}$/.test(currency)) return undefined;
  const units = minor(said, currency);
  return units === null ? undefined : { amount: units, currency };
};

// made is what a new thing has: what is not said is not sent.
export const made = (body) => Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
// changed is of what is filled in that which was otherwise before, so that what nobody touched stays as somebody else has made it.
export const changed = (declared, body, thing) => {
  const before = taken(declared, texts(declared, thing)).body;
  return Object.fromEntries(Object.entries(body).filter(([name, value]) => !same(value, before[name])));
};
const texts = (declared, thing) =>
  Object.fromEntries(
    declared.flatMap((f) =>
      f.kind === 'several'
        ? f.choices.map(([is]) => [`${f.name}-${is}`, thing[f.name]?.includes(is) ? 'on' : ''])
        : [[f.name, f.kind === 'yes' ? (thing[f.name] ? 'on' : '') : shown(f, thing)]],
    ),
  );

// renew shows what a thing has now in the fields that nobody has touched since it was as before.
export const renew = (form, declared, before, now) => {
  const was = texts(declared, before),
    is = texts(declared, now);
  for (const [name, text] of Object.entries(is)) {
    const control = form.elements[name];
    if (!control) continue;
    if (control.type !== 'checkbox' && control.value === was[name]) control.value = text;
    if (control.type === 'checkbox' && control.checked === Boolean(was[name])) control.checked = Boolean(text);
  }
};
