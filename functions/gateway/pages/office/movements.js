// The stock of one product, and how it came to be: every movement of its ledger.
import { may, path, read } from './api.js';
import { entitle, facts, fill, inWords, link, make, pager, section, table, time } from './parts.js';
import { adjuster } from './stock.js';
import { did } from './names.js';

export const show = async ({ room, id, query }) => {
  const look = async () => {
    const [s, { items, nextCursor }] = await Promise.all([
      read(`/stock/${id}`),
      read(path(`/stock/${id}/movements`, { cursor: query.get('cursor') })),
    ]);
    const name = s.name ?? id;
    const by = await Promise.all(items.map((m) => did(m.by)));
    entitle(`Stock of ${name}`);
    fill(
      room,
      facts(
        ['SKU', s.sku && make('code', {}, s.sku)],
        ['Can be sold', String(s.available)],
        ['Promised', String(s.reserved)],
        ['On the shelf', String(s.onHand)],
      ),
      make(
        'p',
        { class: 'acts' },
        may('stock:write') && adjuster(s, name, look),
        link(`/office/products/${id}`, 'The product'),
        may('orders:read') && link(path('/office/orders', { product: id }), 'Orders with it'),
      ),
      section(
        'Movements',
        table(
          'Movements, the last first',
          ['Why', '#On the shelf', '#Promised', 'By', 'When', 'More'],
          items.map((m, i) => [
            inWords(m.reason),
            signed(m.onHandDelta),
            signed(m.reservedDelta),
            by[i],
            time(m.at),
            m.orderId ? (may('orders:read') ? link(`/office/orders/${m.orderId}`, 'order') : 'for an order') : (m.note ?? ''),
          ]),
          'None yet.',
        ),
      ),
      pager(query, nextCursor),
    );
  };
  await look();
};
const signed = (n) => (n > 0 ? `+${n}` : String(n));
