// Families: products that differ in options alone, such as size.
import { lines, list } from './form.js';
import { shelf } from './things.js';

const told = (o) => `${o.name}: ${o.values.join(', ')}`;
const read = (line) => {
  const [name, values = ''] = [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1)];
  return name && line.includes(':') && list(values).length ? { name, values: list(values) } : null;
};
export const options = {
  show: (all) => all.map(told).join('\n'),
  take: (said) => {
    const all = lines(said).map(read);
    return all.includes(null) ? undefined : all;
  },
  wrong: 'must have one option a line, such as size: S, M, L',
};

export const show = shelf({
  at: '/families',
  one: 'family',
  many: 'Families',
  reassign: true,
  taken: { slug_taken: 'slug', in_use: 'options' },
  heads: ['Family', 'Its products differ in'],
  row: (f) => [f.name, f.options.map(told).join('; ')],
  fields: () => [
    { name: 'name', label: 'Name', required: true, attributes: { maxlength: 120 } },
    {
      name: 'options',
      label: 'Options',
      kind: 'long',
      required: true,
      as: options,
      hint: 'One a line, such as size: S, M, L. What products have stays.',
    },
    { name: 'description', label: 'About it', kind: 'long', hint: 'Customers read it.', attributes: { maxlength: 5000 } },
    { name: 'slug', label: 'In addresses', hint: 'Left empty, it is made from the name.', attributes: { maxlength: 140 } },
  ],
  says: ({ options: all }) =>
    all?.length ? `A product of it is told by ${all.map((o) => o.name).join(' and ')}.` : 'Say in what its products differ.',
  gone: 'The family is gone for good.',
  unless: 'It is not deleted while products are of it; another that has their options may take them.',
});
