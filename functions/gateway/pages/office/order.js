// The page of one order. It is live: the order is asked for again, with its ETag, while somebody looks at it.
import { may, path, read, Refusal, tagged } from './api.js';
import { badge, entitle, fill, make } from './parts.js';
import { lines } from './orderlines.js';
import { address, history, mails, notes, parcels, payments, returns, toolbar } from './orderparts.js';
import { stateOf } from './goods.js';
import { did, orderedBy } from './names.js';

const quick = 2000,
  slow = 15000; // how long until the next look, while things happen and when they have not for a while

export const show = async ({ room, id }) => {
  let tag = '',
    order = null,
    was = '',
    pause = quick,
    next = 0,
    latest = 0;

  // look reads the order, and all that is told of it; atLeast is a version that somebody has brought about.
  const look = async (atLeast) => {
    clearTimeout(next);
    const turn = ++latest;
    const seen = await tagged(path(`/orders/${encodeURIComponent(order?.id ?? id)}`, { 'min-version': atLeast }), tag);
    if (seen) ({ it: order, tag } = seen);
    const beside = await about(order);
    if (turn !== latest) return; // somebody has looked since
    const now = JSON.stringify([order, beside]);
    pause = now === was ? Math.min(pause * 1.5, slow) : quick;
    if (now !== was) await tell(order, beside);
    was = now;
    later();
  };
  const later = () => {
    clearTimeout(next);
    if (!document.hidden && room.isConnected) next = setTimeout(again, pause);
  };
  const again = async () => {
    try {
      await look();
    } catch (fault) {
      if (!(fault instanceof Refusal) || (fault.status < 500 && fault.status !== 429)) throw fault;
      pause = slow; // it does not answer just now: what is shown may be old, and the next look tells
      later();
    }
  };
  document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(next) : order && again()));

  const changed = (after) => {
    pause = quick;
    return look(after?.number === order.number ? after.version : undefined);
  };
  // at is the order as it is now, one object for as long as the page is open: an action that was drawn before knows what has happened since.
  const at = { changed },
    bar = make('div', {}),
    columns = [make('div', {}), make('div', {})];
  const tell = async (o, beside) => {
    const by = await authors([...o.history, ...beside.notes.items]);
    for (const name of Object.keys(at)) delete at[name];
    Object.assign(at, o, beside, { by, changed });
    entitle(`Order ${o.number}`, ' ', badge(stateOf(o)));
    keepingFocus(() => {
      renew(bar, [toolbar(at)]);
      renew(columns[0], [lines(at), payments(at), parcels(at), returns(at)]);
      renew(columns[1], [address(at), notes(at), history(at), mails(at)].filter(Boolean));
    });
    if (!bar.isConnected) fill(room, bar, make('div', { class: 'halves' }, columns));
  };
  await look();
};

// about is what is told of an order beside it; what its reader may not see is not asked for.
const about = async (o) => {
  const { id } = o;
  const [payments, notes, buyer, mails] = await Promise.all([
    read(path('/payments', { orderId: id })),
    read(path(`/orders/${id}/notes`, { sort: '-at' })),
    orderedBy(o),
    may('notifications:read') ? read(path('/notifications', { orderId: id })) : { items: [] },
  ]);
  return { payments: payments.items, notes, buyer, mails };
};

// authors tells of whoever has done something what they are called.
const authors = async (steps) => {
  const all = new Map(await Promise.all(steps.map(async ({ by }) => [`${by.type} ${by.id}`, await did(by)])));
  return ({ type, id }) => all.get(`${type} ${id}`);
};

// renew puts new parts where they differ from those that are there, so that nothing moves under whoever reads, or is about to click.
const renew = (column, parts) =>
  parts.forEach((part, i) => {
    const old = column.children[i];
    if (!old) column.append(part);
    else if (!old.isEqualNode(part)) old.replaceWith(part);
  });

// keepingFocus draws anew without taking the keyboard from whoever is at a button.
const keepingFocus = (draw) => {
  const { id } = document.activeElement ?? {};
  draw();
  if (id && document.activeElement?.id !== id) document.getElementById(id)?.focus({ preventScroll: true });
};
