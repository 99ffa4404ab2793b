// What waits for somebody: paid orders to be sent, returns to be decided on and received, products of which little is left, letters about what
// could not be delivered.
import { may, path, read } from './api.js';
import { badge, day, fill, link, make, money, section, table } from './parts.js';
import { listed } from './returns.js';
import { product } from './stock.js';
import { placedBy, toSend } from './goods.js';

const shown = 10,
  looked = 100;

export const show = async ({ room }) => {
  const all = await Promise.all([may('orders:read') && orders(), may('stock:read') && low(), may('dead-letters:read') && letters()]);
  fill(room, ...all);
  if (!room.firstChild) room.append(section('Nothing waits here', 'What you may do in the office is in the menu.'));
};

const orders = async () => {
  const [paid, requested, approved] = await Promise.all([
    read(path('/orders', { status: 'paid', sort: 'createdAt', limit: looked })),
    ...['requested', 'approved'].map((status) => read(path('/returns', { status, sort: 'at', limit: looked }))),
  ]);
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
      make(
        'p',
        { class: 'quiet' },
        link('/office/returns?status=requested&sort=at', `${counted(requested)} to be decided on`),
        ', ',
        link('/office/returns?status=approved&sort=at', `${counted(approved)} to come`),
        '.',
      ),
      listed('Returns to be decided on, the oldest first', requested.items.slice(0, shown), 'None is to be decided on.'),
    ),
  ];
};
const counted = ({ items, nextCursor }) => (nextCursor ? `more than ${items.length}` : String(items.length));
const at = (o) => link(`/office/orders/${o.number}`, o.number);
const more = (is, href, words) => is && link(href, words);

const low = async () => {
  const { items, nextCursor } = await read(path('/stock', { low: true, limit: shown }));
  return section(
    'Nearly sold out',
    table(
      'Products of which little is left',
      ['Product', '#Can be sold', '#On the shelf', '#Promised'],
      items.map((s) => [product(s), String(s.available), String(s.onHand), String(s.reserved)]),
      'There is enough of everything.',
    ),
    more(nextCursor, '/office/stock?low=true', 'All that are nearly sold out'),
  );
};

// Letters that somebody should look at. Where there are none nothing is said: mostly there are none.
const letters = async () => {
  const { items, nextCursor } = await read(path('/dead-letters', { state: 'open', limit: looked }));
  const open = items.reduce((sum, e) => sum + e.openLetters, 0);
  if (!open) return null;
  return section(
    'Could not be delivered',
    make(
      'p',
      {},
      link('/office/dead-letters?state=open', `${open}${nextCursor ? ' or more' : ''} dead ${open === 1 ? 'letter' : 'letters'}`),
      ` of ${items.length}${nextCursor ? ' or more' : ''} ${items.length === 1 ? 'event' : 'events'} to be looked at.`,
    ),
  );
};
