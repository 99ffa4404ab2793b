// The list of orders. Its filters stand in the address.
import { path, read } from './api.js';
import { badge, day, field, fill, link, make, midnight, money, pager, search, table } from './parts.js';
import { stateOf } from './goods.js';
import { byProduct, named, parties } from './names.js';

const states = ['placed', 'authorized', 'paid', 'fulfilled', 'delivered', 'returned', 'expired', 'cancelled'];

export const show = async ({ room, query }) => {
  const of = (name) => query.get(name) ?? '';
  const names = of('product') ? await named([of('product')]) : new Map();
  const filters = search(
    'Orders',
    [
      field('Number', { name: 'number', value: of('number'), placeholder: 'M-000123', autocomplete: 'off', spellcheck: 'false' }),
      field('E-mail address', { name: 'email', type: 'email', value: of('email'), autocomplete: 'off' }),
      field('State', { name: 'status', value: of('status') }, [['', 'any'], ...states]),
      field('Tracking number', { name: 'tracking', value: of('tracking'), autocomplete: 'off', spellcheck: 'false' }),
      field('Product', { name: 'product', value: names.get(of('product')), placeholder: 'name or SKU', autocomplete: 'off' }),
      field('Placed from', { name: 'from', type: 'date', value: of('from') }),
      field('Placed until', { name: 'until', type: 'date', value: of('until') }),
      of('customer') && make('input', { type: 'hidden', name: 'customer', value: of('customer') }),
    ],
    byProduct(of('product'), names.get(of('product'))),
  );
  fill(room, filters, make('p', { class: 'quiet', role: 'status' }, 'Loading…'));
  const { items, nextCursor } = await read(
    path('/orders', {
      number: of('number').toUpperCase(),
      email: of('email'),
      status: of('status'),
      trackingNumber: of('tracking'),
      productId: of('product'),
      customerId: of('customer'),
      placedFrom: midnight(of('from'), 0),
      placedBefore: midnight(of('until'), 1),
      cursor: of('cursor'),
    }),
  );
  const whose = await parties(items);
  fill(
    room,
    filters,
    of('customer') && make('p', {}, 'Of one customer. ', link('/office/orders', 'All orders')),
    table(
      'Orders, the newest first',
      ['Order', 'Placed', 'Ordered by', 'State', '#Total'],
      items.map((o, i) => [link(`/office/orders/${o.number}`, o.number), day(o.createdAt), whose[i], badge(stateOf(o)), money(o.total)]),
      query.size ? 'No order is like that.' : 'Nobody has ordered anything yet.',
    ),
    pager(query, nextCursor),
  );
};
