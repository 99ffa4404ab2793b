// The form of a product: of one that is new, and of one that there is.
import { every, may, read } from './api.js';
import { byWay, way } from './categories.js';
import { confirm } from './dialog.js';
import { draw, lines, made, taken } from './form.js';
import { money } from './parts.js';
import { revise } from './things.js';

export const states = ['draft', 'published', 'archived'];
const codes = { sku_taken: 'sku', options_taken: 'options' };

// choices is what a product may be of.
const choices = async () => {
  const [brands, categories, families] = await Promise.all(
    ['/brands', '/categories', '/families'].map((at) => every(at, { sort: 'name' })),
  );
  return { brands, categories: byWay(categories), families };
};
const values = {
  show: (all) =>
    Object.entries(all)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
  take: (said) => {
    const all = lines(said).map((l) => l.split(/:\s*/));
    return all.some((pair) => pair.length !== 2 || !pair.every(Boolean)) ? undefined : Object.fromEntries(all);
  },
  wrong: 'must have one option a line, such as size: M',
};
const fields = ({ brands, categories, families }, currency) => [
  { name: 'name', label: 'Name', required: true, attributes: { maxlength: 200 } },
  { name: 'sku', label: 'SKU', required: true, hint: 'Your own number for it.', attributes: { maxlength: 64 } },
  currency
    ? { name: 'price', label: `Price in ${currency}`, kind: 'money', required: true, currency }
    : { name: 'price', label: 'Price', kind: 'money', required: true },
  {
    name: 'status',
    label: 'State',
    kind: 'choice',
    initially: 'draft',
    choices: states,
    hint: 'Only what is published is shown and sold.',
  },
  {
    name: 'description',
    label: 'Description',
    kind: 'long',
    hint: 'Customers read it; it is searched, too.',
    attributes: { maxlength: 5000 },
  },
  { name: 'imageUrl', label: 'Picture', kind: 'address', hint: 'Its address, by https.' },
  { name: 'categoryId', label: 'Category', kind: 'choice', choices: [['', 'none'], ...categories.map((c) => [c.id, way(c)])] },
  { name: 'brandId', label: 'Brand', kind: 'choice', choices: [['', 'none'], ...brands.map((b) => [b.id, b.name])] },
  { name: 'familyId', label: 'Family', kind: 'choice', choices: [['', 'none'], ...families.map((f) => [f.id, f.name])] },
  {
    name: 'options',
    label: 'Options',
    kind: 'long',
    as: values,
    attributes: { rows: 2 },
    hint: 'One for each option of its family, a line each, such as size: M.',
  },
  { name: 'weightGrams', label: 'Weight in grams', kind: 'whole', hint: 'Packed.' },
  { name: 'taxClass', label: 'Tax class', initially: 'standard', attributes: { maxlength: 40 } },
];

// create makes a product and, where somebody may, puts its first stock on the shelf.
export const create = async () => {
  const [found, some] = await Promise.all([choices(), read('/products?limit=1')]);
  const declared = fields(found, '');
  declared.splice(3, 0, {
    name: 'currency',
    label: 'Currency',
    required: true,
    initially: some.items[0]?.price.currency ?? 'EUR',
    attributes: { maxlength: 3, 'data-at': 'price.currency' },
  });
  if (may('stock:write'))
    declared.push({ name: 'stock', label: 'How many are on the shelf', kind: 'whole', initially: 0, attributes: { 'data-at': 'delta' } });
  let product = null;
  confirm({
    title: 'New product',
    go: 'Create',
    fields: draw(declared, null),
    at: codes,
    says: (v) => (v.status === 'published' ? 'Customers see it from now on.' : 'Customers do not see it until it is published.'),
    check: (v) => taken(declared, v).faults,
    carry: async (v, send) => {
      const { currency, stock, ...body } = made(taken(declared, v).body);
      product = await send('POST', '/products', body);
      if (stock) await send('POST', `/stock/${product.id}/adjustments`, { delta: stock, reason: 'received' });
    },
    then: () => location.assign(product ? `/office/products/${product.id}` : '/office/products'),
    done: 'The product is there.',
  });
};

export const edit = async (it, tag, then) => {
  const { currency } = it.price;
  revise({
    at: `/products/${it.id}`,
    it,
    tag,
    declared: fields(await choices(), currency),
    taken: codes,
    then,
    now: (p) => `${p.name}, ${money(p.price)}, ${p.status}`,
    says: ({ price }, p) =>
      price && price.amount !== p.price.amount
        ? `From now on it costs ${money(price)}, not ${money(p.price)}; orders that were placed keep their price.`
        : 'Its price stays.',
  });
};
