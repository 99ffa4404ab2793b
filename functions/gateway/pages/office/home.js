// What waits for somebody: paid orders to be sent, returns to be decided on and received, products of which little is left, letters about what
// could not be delivered. First how much of it there is, then what it is.
import { may, path, read } from './api.js';
import { day, fill, link, make, money, section, table } from './parts.js';
import { listed } from './returns.js';
import { product } from './stock.js';
import { toSend } from './goods.js';
import { parties } from './names.js';

const shown = 10,
  looked = 100;

// Each tells its figures, and its lists.
export const show = async ({ room }) => {
  const all = await Promise.all([may('orders:read') && orders(), may('stock:read') && low(), may('dead-letters:read') && letters().catch(uncounted)]);
  const told = all.filter(Boolean);
  if (!told.length) return fill(room, section('Nothing waits here', 'What you may do in the office is in the menu.'));
  fill(
    room,
    make('ul', { class: 'figures', 'aria-label': 'How much waits' }, told.flatMap((t) => t.figures)),
    told.flatMap((t) => t.lists),
  );
};

// figure is how many there are of something, and where they are; more where there are more than were looked through.
const figure = (many, more, href, one, others) =>
  make(
    'li',
    { class: many ? undefined : 'none' },
    make('a', { href }, make('strong', {}, `${many}${more ? '+' : ''}`), ' ', make('span', {}, many === 1 && !more ? one : others)),
  );

const orders = async () => {
  const [paid, requested, approved] = await Promise.all([
    read(path('/orders', { status: 'paid', sort: 'createdAt', limit: looked })),
    ...['requested', 'approved'].map((status) => read(path('/returns', { status, sort: 'at', limit: looked }))),
  ]);
  const waiting = paid.items.filter((o) => toSend(o) > 0),
    first = waiting.slice(0, shown),
    whose = await parties(first);
  return {
    figures: [
      figure(waiting.length, paid.nextCursor, '/office/orders?status=paid', 'order to be sent', 'orders to be sent'),
      figure(requested.items.length, requested.nextCursor, '/office/returns?status=requested&sort=at', 'return to be decided on', 'returns to be decided on'),
      figure(approved.items.length, approved.nextCursor, '/office/returns?status=approved&sort=at', 'return to come', 'returns to come'),
    ],
    lists: [
      section(
        'To be sent',
        table(
          'Paid orders that are to be sent, the oldest first',
          ['Order', 'Placed', 'Ordered by', '#To send', '#Total'],
          first.map((o, i) => [at(o), day(o.createdAt), whose[i], String(toSend(o)), money(o.total)]),
          'Nothing: all that is paid was sent.',
        ),
        more(waiting.length > shown || paid.nextCursor, '/office/orders?status=paid', 'All paid orders'),
      ),
      section(
        'Returns',
        listed('Returns to be decided on, the oldest first', requested.items.slice(0, shown), 'None is to be decided on.'),
        more(requested.items.length > shown, '/office/returns?status=requested&sort=at', 'All that are to be decided on'),
      ),
    ],
  };
};
const at = (o) => link(`/office/orders/${o.number}`, o.number);
const more = (is, href, words) => is && link(href, words);

const low = async () => {
  const { items, nextCursor } = await read(path('/stock', { low: true, limit: looked }));
  return {
    figures: [figure(items.length, nextCursor, '/office/stock?low=true', 'product nearly sold out', 'products nearly sold out')],
    lists: [
      section(
        'Nearly sold out',
        table(
          'Products of which little is left',
          ['Product', '#Can be sold', '#On the shelf', '#Promised'],
          items.slice(0, shown).map((s) => [product(s), String(s.available), String(s.onHand), String(s.reserved)]),
          'There is enough of everything.',
        ),
        more(items.length > shown, '/office/stock?low=true', 'All that are nearly sold out'),
      ),
    ],
  };
};

// The rest is shown without the letters' figure where it cannot be had.
const uncounted = (problem) => ({ figures: [], lists: [section('Dead letters', make('p', {}, `They could not be counted: ${problem.message}`))] });

// Letters that somebody should look at: their figure says all, and mostly there are none.
const letters = async () => {
  const { items, nextCursor } = await read(path('/dead-letters', { state: 'open', limit: looked }));
  const open = items.reduce((sum, e) => sum + e.openLetters, 0);
  return { figures: [figure(open, nextCursor, '/office/dead-letters?state=open', 'dead letter to be looked at', 'dead letters to be looked at')], lists: [] };
};
