// The goods of an order, and what they come to.
import { make, money, section, table } from './parts.js';

// What is told of a line; what is true of none of an order's lines has no column.
const counts = (n) => (n ? String(n) : '');
const told = [
  ['Each', (l) => money(l.unitPrice)],
  ['Ordered', (l) => String(l.quantity)],
  ['Sent', (l) => counts(l.shipped)],
  ['Arrived', (l) => counts(l.delivered)],
  ['Returned', (l) => counts(l.returned)],
  ['Cancelled', (l) => counts(l.cancelled)],
  ['Given back', (l) => (l.refunded ? money(l.refunded.amount) : '')],
  ['Total', (l) => money(l.total)],
];

export const lines = (o) => {
  const columns = told.filter(([, of]) => o.lines.some(of));
  const back = o.payments.reduce((sum, p) => sum + p.refunded.amount, 0);
  return section(
    'Goods',
    table(
      'What was ordered',
      ['Product', ...columns.map(([name]) => `#${name}`)],
      o.lines.map((l) => [[l.name, make('small', { class: 'quiet' }, l.sku)], ...columns.map(([, of]) => of(l))]),
    ),
    make(
      'dl',
      { class: 'sums' },
      sum('Goods', o.goods),
      o.charges.map((c) => sum(c.name, c.amount)),
      o.taxes.filter((t) => !t.included).map((t) => sum(t.name, t.amount)),
      sum('Total', o.total, 'total'),
      o.taxes.filter((t) => t.included).map((t) => sum(`${t.name}, included`, t.amount)),
      back > 0 && sum('Given back', { ...o.total, amount: back }),
    ),
  );
};
const sum = (name, amount, kind) => make('div', { class: kind }, make('dt', {}, name), make('dd', {}, money(amount)));
