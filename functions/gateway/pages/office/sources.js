// Whether events arrive: what delivers them to each function, and how much waits. It looks again by itself.
import { read, Refusal } from './api.js';
import { badge, clock, fill, make, say, table, time } from './parts.js';

const often = 5000; // as often as sources note how far they have come

export const show = async ({ room }) => {
  const told = make('p', { class: 'quiet' }),
    all = make('div', {});
  const look = async () => {
    try {
      const { at, sources } = await read('/sources');
      fill(told, summary(sources), ' As of ', clock(at), '; it looks again every few seconds.');
      draw(all, sources);
      say('');
    } catch (fault) {
      if (!(fault instanceof Refusal) || fault.status < 500) throw fault;
      say(fault.message); // what is shown may be old, and the next look tells
    }
    clearTimeout(next);
    if (!document.hidden && room.isConnected) next = setTimeout(look, often);
  };
  let next = 0;
  document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(next) : look()));
  await look();
  fill(room, told, all);
};

const summary = (items) => {
  const silent = items.filter((s) => s.status !== 'reading'),
    waiting = items.reduce((sum, s) => sum + s.waiting, 0);
  if (silent.length) return make('strong', {}, `Nobody reads all that is for ${silent.map((s) => s.function).join(', ')}.`);
  return waiting ? `All are read; ${waiting} ${waiting === 1 ? 'record waits' : 'records wait'}.` : 'All are read, and nothing waits.';
};

// draw leaves what is open open: somebody reads it.
const draw = (all, items) => {
  const open = new Set([...all.querySelectorAll('details[open]')].map((d) => d.id));
  fill(
    all,
    table(
      'Sources',
      ['Delivers to', 'State', '#Waiting', 'Since', 'Topics'],
      items.map((s) => [
        [make('strong', {}, s.function), make('small', { class: 'quiet' }, make('code', {}, s.consumerGroup))],
        make(
          'div',
          {},
          badge(words[s.status]),
          make('small', { class: 'quiet' }, s.consumers === 1 ? '1 consumer' : `${s.consumers} consumers`),
        ),
        String(s.waiting),
        s.waitingSince ? time(s.waitingSince) : '',
        topics(s, open),
      ]),
      'Nothing is delivered to anybody.',
    ),
  );
};
const words = { reading: 'reading', partly: 'partly read', stopped: 'not read' };

const topics = (s, open) => {
  const behind = s.topics.filter((t) => t.waiting || !t.reading),
    id = `topics-${s.consumerGroup}`;
  return make(
    'details',
    { id, open: open.has(id) },
    make('summary', {}, `${s.topics.length}${behind.length ? `, ${behind.length} behind` : ''}`),
    make(
      'ul',
      { class: 'plain' },
      s.topics.map((t) =>
        make(
          'li',
          {},
          make('code', {}, t.topic),
          t.waiting > 0 && ` ${t.waiting} wait`,
          t.waitingSince && [' since ', time(t.waitingSince)],
          !t.reading && [' ', badge('not read')],
        ),
      ),
    ),
  );
};
