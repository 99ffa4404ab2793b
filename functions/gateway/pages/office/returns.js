// The list of returns. Its filters stand in the address.
import { path, read } from './api.js';
import { badge, day, field, fill, link, make, midnight, pager, search, table } from './parts.js';
import { byProduct, named } from './names.js';

const states = ['requested', 'approved', 'refused', 'received'];

export const show = async ({ room, query }) => {
  const of = (name) => query.get(name) ?? '';
  const names = of('product') ? await named([of('product')]) : new Map();
  const filters = search(
    'Returns',
    [
      field('State', { name: 'status', value: of('status') }, [['', 'any'], ...states]),
      field('Product', { name: 'product', value: names.get(of('product')), placeholder: 'name or SKU', autocomplete: 'off' }),
      field('Asked for from', { name: 'from', type: 'date', value: of('from') }),
      field('Asked for until', { name: 'until', type: 'date', value: of('until') }),
      field('Sorted by', { name: 'sort', value: of('sort') }, [
        ['', 'newest first'],
        ['at', 'oldest first'],
      ]),
      of('customer') && make('input', { type: 'hidden', name: 'customer', value: of('customer') }),
    ],
    byProduct(of('product'), names.get(of('product'))),
  );
  fill(room, filters, make('p', { class: 'quiet', role: 'status' }, 'Loading…'));
  const { items, nextCursor } = await read(
    path('/returns', {
      status: of('status'),
      productId: of('product'),
      customerId: of('customer'),
      requestedFrom: midnight(of('from'), 0),
      requestedBefore: midnight(of('until'), 1),
      sort: of('sort'),
      cursor: of('cursor'),
    }),
  );
  fill(
    room,
    filters,
    of('customer') && make('p', {}, 'Of one customer. ', link('/office/returns', 'All returns')),
    listed('Returns', items, query.size ? 'No return is like that.' : 'Nothing was ever to come back.'),
    pager(query, nextCursor),
  );
};

// listed is returns, each with its order, where it is decided on.
export const listed = (caption, items, empty) =>
  table(
    caption,
    ['Order', 'Asked for', 'State', 'What', 'Why'],
    items.map((r) => [
      link(`/office/orders/${r.orderNumber}`, r.orderNumber),
      day(r.at),
      badge(r.status),
      goods(r),
      r.reason || make('span', { class: 'quiet' }, 'no reason given'),
    ]),
    empty,
  );
const goods = (r) => {
  const names = new Map(r.products.map((p) => [p.productId, p.name]));
  return make(
    'ul',
    { class: 'plain' },
    r.lines.map((l) => make('li', {}, `${l.quantity} × ${names.get(l.productId) ?? l.productId}`)),
  );
};
