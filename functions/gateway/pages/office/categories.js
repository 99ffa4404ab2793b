// The tree of categories, each below the one that it is part of.
import { shelf } from './things.js';
import { make } from './parts.js';

export const way = (c) => c.path.map((step) => step.name).join(' › ');
export const byWay = (all) => all.toSorted((one, other) => way(one).localeCompare(way(other)));
const within = (c, it) => c.path.some((step) => step.id === it?.id);

export const show = shelf({
  at: '/categories',
  one: 'category',
  many: 'Categories',
  order: byWay,
  called: way,
  reassign: true,
  taken: { slug_taken: 'slug', category_cycle: 'parentId', category_too_deep: 'parentId' },
  heads: ['Category', 'In addresses'],
  row: (c) => [
    make(
      'span',
      { class: `level l${c.path.length}` },
      make(
        'span',
        { class: 'unseen' },
        c.path.slice(0, -1).map((s) => `${s.name} › `),
      ),
      c.name,
    ),
    make('code', {}, c.slug),
  ],
  fields: ({ all }, it) => [
    { name: 'name', label: 'Name', required: true, attributes: { maxlength: 120 } },
    {
      name: 'parentId',
      label: 'Part of',
      kind: 'choice',
      choices: [
        ['', 'nothing: it is at the top'],
        ...byWay(all)
          .filter((c) => !within(c, it))
          .map((c) => [c.id, way(c)]),
      ],
    },
    { name: 'slug', label: 'In addresses', hint: 'Left empty, it is made from the name.', attributes: { maxlength: 140 } },
  ],
  says: ({ parentId }, { all }, it) => {
    const parent = all.find((c) => c.id === parentId);
    if (it && (it.parentId ?? null) !== parentId)
      return `It moves ${parent ? `below ${way(parent)}` : 'to the top'}, with all that is below it.`;
    return parent ? `It is below ${way(parent)}.` : 'It is at the top of the tree.';
  },
  gone: 'The category is gone for good. It is not deleted while categories are below it.',
  unless: 'Nor while products are in it.',
});
