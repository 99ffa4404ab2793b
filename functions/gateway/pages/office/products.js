// The list of products.
import { may, path, read } from './api.js';
import { create, states } from './productform.js';
import { badge, button, field, fill, link, make, money, pager, search, table } from './parts.js';

export const show = async ({ room, query }) => {
  const [q, status, sort] = ['q', 'status', 'sort'].map((name) => query.get(name) ?? '');
  const { items, nextCursor } = await read(
    path('/products', { q, status: may('catalog:write') ? status : '', sort, cursor: query.get('cursor') }),
  );
  fill(
    room,
    search('Products', [
      field('Words', { name: 'q', value: q, type: 'search', placeholder: 'name, SKU, description' }),
      may('catalog:write') &&
        field('State', { name: 'status', value: status }, [['', 'published'], ...states.filter((s) => s !== 'published')]),
      field('Sorted by', { name: 'sort', value: sort }, [
        ['', q ? 'best first' : 'newest first'],
        ['name', 'name'],
        ['price', 'cheapest first'],
        ['-price', 'dearest first'],
      ]),
    ]),
    may('catalog:write') && make('p', { class: 'acts toolbar' }, button('new', create, 'New product')),
    table(
      'Products',
      ['Product', 'SKU', 'State', '#Can be sold', '#Price'],
      items.map((p) => [
        link(`/office/products/${p.id}`, p.name),
        make('code', {}, p.sku),
        badge(p.status),
        String(p.available),
        [money(p.price), p.was && make('small', { class: 'quiet' }, ` was ${money(p.was)}`)],
      ]),
      query.size ? 'No product is like that.' : 'There are no products yet.',
    ),
    pager(query, nextCursor),
  );
};
