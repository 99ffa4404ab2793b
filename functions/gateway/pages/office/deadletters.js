// What could not be delivered, event by event: an event may have failed at several functions, and at each more than once.
import { path, read } from './api.js';
import { badge, field, fill, id as short, link, make, pager, search, table, time } from './parts.js';

const states = ['open', 'replayed', 'discarded', 'hopeless'],
  functions = ['db', 'order', 'payment', 'inventory', 'notification'];

export const show = async ({ room, query }) => {
  const of = (name) => query.get(name) ?? '';
  const filters = search('Dead letters', [
    field('State', { name: 'state', value: of('state') }, [['', 'any'], ...states]),
    field('Given up by', { name: 'function', value: of('function') }, [['', 'anybody'], ...functions]),
    field('Event', { name: 'type', value: of('type'), placeholder: 'order.paid', autocomplete: 'off', spellcheck: 'false' }),
  ]);
  fill(room, filters, make('p', { class: 'quiet', role: 'status' }, 'Loading…'));
  const { items, nextCursor } = await read(
    path('/dead-letters', {
      state: of('state'),
      function: of('function'),
      type: of('type') && `com.onlinemart.${of('type').replace(/^com\.onlinemart\./, '')}`,
      cursor: of('cursor'),
    }),
  );
  fill(
    room,
    filters,
    table(
      'Events that could not be delivered, the newest first',
      ['Event', 'Given up', 'By', 'Why, the last time'],
      items.map((e) => [
        [nameOf(e.letters[0]), make('small', { class: 'quiet' }, 'about ', e.letters[0].subject ? short(e.letters[0].subject) : 'nothing')],
        time(e.at),
        make('ul', { class: 'plain' }, e.letters.map(line)),
        why(e.letters[0]),
      ]),
      query.size ? 'No letter is like that.' : 'Everything could be delivered.',
    ),
    pager(query, nextCursor),
  );
};
const line = (l) =>
  make(
    'li',
    {},
    link(`/office/dead-letters/${l.id}`, l.function || 'somebody', make('span', { class: 'unseen' }, `, letter ${l.place}`)),
    ' ',
    badge(l.status),
  );

// nameOf is an event's type as it is said here, and why what its function answered last.
export const nameOf = (l) => l.type.replace(/^com\.onlinemart\./, '').replace(/\.v\d+$/, '');
export const why = ({ code, reason = '' }) =>
  [code || 'no answer', reason.length > 160 ? `${reason.slice(0, 160)}…` : reason].filter(Boolean).join(': ');
