// The brands of products.
import { shelf } from './things.js';
import { make } from './parts.js';

export const show = shelf({
  at: '/brands',
  one: 'brand',
  many: 'Brands',
  reassign: true,
  taken: { slug_taken: 'slug' },
  heads: ['Brand', 'In addresses', 'About it'],
  row: (b) => [b.name, make('code', {}, b.slug), b.description ?? ''],
  fields: () => [
    { name: 'name', label: 'Name', required: true, attributes: { maxlength: 120 } },
    { name: 'description', label: 'About it', kind: 'long', hint: 'Customers read it.', attributes: { maxlength: 2000 } },
    { name: 'slug', label: 'In addresses', hint: 'Left empty, it is made from the name.', attributes: { maxlength: 140 } },
  ],
  says: () => 'Customers read it with each of its products.',
  gone: 'The brand is gone for good.',
  unless: 'It is not deleted while products have it.',
});
