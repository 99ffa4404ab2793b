// The list of customers, who are found by their address.
import { path, read } from './api.js';
import { badge, day, field, fill, link, pager, search, table } from './parts.js';

export const show = async ({ room, query }) => {
  const email = query.get('email') ?? '';
  const filters = search('Customers', [
    field('E-mail address', { name: 'email', type: 'email', value: email, autocomplete: 'off', placeholder: 'the whole address' }),
  ]);
  fill(room, filters);
  const { items, nextCursor } = await read(path('/customers', { email, cursor: query.get('cursor') }));
  fill(
    room,
    filters,
    table(
      'Customers, the newest first',
      ['Name', 'E-mail address', 'State', 'Since'],
      items.map((c) => [link(`/office/customers/${c.id}`, c.name), c.email, badge(c.status), day(c.createdAt)]),
      email ? 'Nobody has this address.' : 'There are no customers yet.',
    ),
    pager(query, nextCursor),
  );
};
