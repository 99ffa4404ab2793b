// The list of stock, and how it is adjusted.
import { may, path, read } from './api.js';
import { confirm } from './dialog.js';
import { button, field, fill, link, make, pager, search, table } from './parts.js';

const reasons = ['received', 'counted', 'damaged', 'lost', 'returned', 'corrected'];

export const show = async ({ room, query }) => {
  const [q, low, sort] = ['q', 'low', 'sort'].map((name) => query.get(name) ?? '');
  const look = async () => {
    const { items, nextCursor } = await read(path('/stock', { q, low, sort, cursor: query.get('cursor') }));
    fill(
      room,
      search('Stock', [
        field('Words', { name: 'q', value: q, type: 'search', placeholder: 'name or SKU' }),
        field('Which', { name: 'low', value: low }, [
          ['', 'all products'],
          ['true', 'nearly sold out'],
        ]),
        field('Sorted by', { name: 'sort', value: sort }, [
          ['', 'least to sell first'],
          ['-available', 'most to sell first'],
          ['-createdAt', 'newest first'],
        ]),
      ]),
      table(
        'Stock of each product',
        ['Product', '#Can be sold', '#Promised', '#On the shelf', ...(may('stock:write') ? [''] : [])],
        items.map((s) => [
          product(s),
          ...[s.available, s.reserved, s.onHand].map(String),
          ...(may('stock:write') ? [adjuster(s, s.name ?? s.productId, look)] : []),
        ]),
        q ? 'No product is called so.' : low ? 'There is enough of everything.' : 'There are no products yet.',
      ),
      pager(query, nextCursor),
    );
  };
  await look();
};

// product is of which product a row of stock is.
export const product = (s) => [
  link(`/office/stock/${s.productId}`, s.name ?? s.productId),
  s.sku && make('small', { class: 'quiet' }, make('code', {}, s.sku)),
];

// adjuster is the button by which somebody says that there is more or less of a product than was thought.
export const adjuster = (s, name, then) =>
  button(
    `adjust-${s.productId}`,
    () => {
      const delta = (v) => (/^[+-]?\d+$/.test(v.delta.trim()) ? Number(v.delta) : 0);
      confirm({
        title: `Adjust ${name}`,
        go: 'Adjust',
        fields: [
          field('By how many', { name: 'delta', required: true, inputmode: 'text', autocomplete: 'off', hint: 'Such as 12, or -1.' }),
          field('Why', { name: 'reason', required: true }, [['', 'choose'], ...reasons]),
          field('More about it', { name: 'note', type: 'long', rows: 2, hint: 'For staff.' }),
        ],
        says: (v) =>
          delta(v)
            ? `On the shelf there are ${s.onHand + delta(v)} then, not ${s.onHand}. It stays in the ledger for good.`
            : `On the shelf there are ${s.onHand}, of which ${s.reserved} are promised.`,
        check: (v) => (delta(v) ? '' : 'Say by how many, as a whole number that is not 0.'),
        done: `${name} is adjusted.`,
        then,
        carry: (v, change) =>
          change('POST', `/stock/${s.productId}/adjustments`, { delta: delta(v), reason: v.reason, note: v.note.trim() || undefined }),
      });
    },
    'Adjust',
    make('span', { class: 'unseen' }, ` ${name}`),
  );
