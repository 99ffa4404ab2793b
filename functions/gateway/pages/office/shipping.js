// Shipping methods: where they go, how long they take, what they cost.
import { lines, list } from './form.js';
import { badge, minor, money, plain } from './parts.js';
import { every } from './api.js';
import { shelf } from './things.js';

export const states = ['active', 'retired'];
const zones = {
  show: (all) => all.map((z) => z.countries.join(', ') + (z.postalPrefixes?.length ? `: ${z.postalPrefixes.join(', ')}` : '')).join('\n'),
  take: (said) =>
    lines(said).map((line) => {
      const [countries, prefixes] = line.split(':');
      return { countries: list(countries), ...(prefixes && { postalPrefixes: list(prefixes) }) };
    }),
};
// A price is what the API has in one: by what it goes, its currency, its steps, and from what on nothing is asked.
const step = (line, currency) => {
  const [cost, upTo] = line.split(/\s+up to\s+/),
    amount = minor(cost, currency);
  if (amount === null || (upTo !== undefined && !/^\d+$/.test(upTo.trim()))) return null;
  return { ...(upTo !== undefined && { upTo: Number(upTo) }), amount };
};
const price = {
  show: ({ by, currency, steps, freeFrom }) =>
    [
      `${by} ${currency}`,
      ...steps.map((s) => plain({ amount: s.amount, currency }) + (s.upTo === undefined ? '' : ` up to ${s.upTo}`)),
      freeFrom && `free from ${plain({ amount: freeFrom, currency })}`,
    ]
      .filter(Boolean)
      .join('\n'),
  take: (said) => {
    const [head, ...rest] = lines(said),
      [, by, currency] = head.match(/^(flat|weight|total) ([A-Z]{3})$/) ?? [];
    if (!by) return undefined;
    const free = rest.find((l) => l.startsWith('free from ')),
      freeFrom = free && minor(free.slice(10), currency),
      steps = rest.filter((l) => l !== free).map((l) => step(l, currency));
    return freeFrom === null || steps.includes(null) ? undefined : { by, currency, steps, ...(free && { freeFrom }) };
  },
  wrong: 'must begin with flat, weight or total and a currency, such as flat EUR; then a price a line, such as 4.90',
};

const steps = ({ by, currency, steps: all, freeFrom }) =>
  [
    ...all.map(
      (s) =>
        money({ amount: s.amount, currency }) +
        (s.upTo === undefined ? '' : by === 'weight' ? ` up to ${s.upTo} g` : ` up to ${money({ amount: s.upTo, currency })}`),
    ),
    freeFrom && `nothing from ${money({ amount: freeFrom, currency })}`,
  ]
    .filter(Boolean)
    .join('; ');
const days = { show: ({ minDays, maxDays }) => `${minDays}-${maxDays}`, wrong: 'must be days, such as 1-3' };
days.take = (said) => {
  const [, minDays, maxDays] = said.match(/^(\d+)\s*[-–]\s*(\d+)$/) ?? [];
  return minDays ? { minDays: Number(minDays), maxDays: Number(maxDays) } : undefined;
};

export const show = shelf({
  at: '/shipping-methods',
  one: 'shipping method',
  many: 'Shipping methods',
  load: async () => ({ all: (await Promise.all(states.map((status) => every('/shipping-methods', { status })))).flat() }),
  heads: ['Method', 'State', 'Where to', 'Days', '#Price'],
  row: (m) => [m.name, badge(m.status), zones.show(m.zones), days.show(m.delivery), steps(m.price)],
  fields: () => [
    { name: 'name', label: 'Name', required: true, attributes: { maxlength: 120 } },
    { name: 'description', label: 'About it', kind: 'long', attributes: { maxlength: 2000, rows: 2 } },
    { name: 'status', label: 'State', kind: 'choice', initially: 'active', choices: states, hint: 'Only an active one can be chosen.' },
    {
      name: 'zones',
      label: 'Where to',
      kind: 'long',
      required: true,
      as: zones,
      hint: 'One zone a line: countries, such as GB, PT. After a colon, the first characters of its postal codes.',
    },
    { name: 'delivery', label: 'Days until it arrives', required: true, as: days, hint: 'At the least and at the most, such as 1-3.' },
    {
      name: 'price',
      label: 'Price',
      kind: 'long',
      required: true,
      as: price,
      hint: 'First line: flat, weight or total, and the currency, such as weight EUR. Then a price a line, such as 4.90 up to 2000: up to so many grams (weight) or cents (total). Last, if you like: free from 50.00.',
    },
    { name: 'taxClass', label: 'Tax class', initially: 'standard', attributes: { maxlength: 40 } },
  ],
  says: (m) =>
    `${m.status === 'active' ? 'Customers can choose it from now on.' : 'Nobody can choose it.'} ${m.price ? `It costs ${steps(m.price)}. ` : ''}Orders that were placed keep theirs.`,
  gone: 'Nobody can choose it any more. Orders that were placed keep theirs.',
});
