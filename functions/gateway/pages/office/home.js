// What waits for somebody: paid orders to be sent, returns to be decided on and received, products of which little is left.
import { may, path, read } from './api.js';
import { badge, day, fill, link, money, section, table } from './parts.js';
import { named } from './names.js';
import { placedBy, toSend } from './goods.js';

const shown = 10,
  looked = 100;

export const show = async ({ room }) => {
  const all = await Promise.all([may('orders:read') && orders(), may('stock:read') && low()]);
  fill(room, ...all);
  if (!room.firstChild) room.append(section('Nothing waits here', 'What you may do in the office is in the menu.'));
};

// Returns have no list of their own: those of the orders that were looked at are shown, and how many orders that is is said.
const orders = async () => {
  const [paid, fulfilled, delivered] = await Promise.all([
    read(path('/orders', { status: 'paid', sort: 'createdAt', limit: looked })),
    read(path('/orders', { status: 'fulfilled', limit: looked })),
    read(path('/orders', { status: 'delivered', limit: looked })),
  ]);
  const returns = [paid, fulfilled, delivered]
    .flatMap(({ items }) => items)
    .flatMap((o) => (o.returns ?? []).filter((r) => ['requested', 'approved'].includes(r.status)).map((r) => [o, r]))
    .toSorted(([, one], [, other]) => Date.parse(one.at) - Date.parse(other.at));
  const waiting = paid.items.filter((o) => toSend(o) > 0);
  return [
    section(
      'To be sent',
      table(
        'Paid orders that are to be sent, the oldest first',
        ['Order', 'Placed', 'For', '#To send', '#Total'],
        waiting.slice(0, shown).map((o) => [at(o), day(o.createdAt), placedBy(o), String(toSend(o)), money(o.total)]),
        'Nothing: all that is paid was sent.',
      ),
      more(waiting.length > shown || paid.nextCursor, '/office/orders?status=paid', 'All paid orders'),
    ),
    section(
      'Returns',
      table(
        'Returns to be decided on or received, the oldest first',
        ['Order', 'Asked for', 'State', 'Why'],
        returns.slice(0, shown).map(([o, r]) => [at(o), day(r.at), badge(r.status), r.reason || 'No reason was given.']),
        'None waits.',
      ),
      [fulfilled, delivered].some((p) => p.nextCursor) &&
        `Of the last ${looked} orders that were sent, and the last ${looked} that have arrived.`,
    ),
  ];
};
const at = (o) => link(`/office/orders/${o.number}`, o.number);
const more = (is, href, words) => is && link(href, words);

const low = async () => {
  const { items, nextCursor } = await read(path('/stock', { low: true, limit: shown }));
  const names = await named(items.map((s) => s.productId));
  return section(
    'Nearly sold out',
    table(
      'Products of which little is left',
      ['Product', '#Can be sold', '#On the shelf', '#Promised'],
      items.map((s) => [
        link(`/office/stock/${s.productId}`, names.get(s.productId)),
        String(s.available),
        String(s.onHand),
        String(s.reserved),
      ]),
      'There is enough of everything.',
    ),
    more(nextCursor, '/office/stock?low=true', 'All that are nearly sold out'),
  );
};
