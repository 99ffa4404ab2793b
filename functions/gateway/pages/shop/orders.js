// Orders: all of somebody's, and one from its payment to its return, as it is while it happens.
import { get, isLoggedIn, kept, openOrder } from './mart.js';
import { clock, day, link, make, money, title } from './dom.js';
import { cancel, pay, returning, states, story } from './orderparts.js';

const chip = (status) => make('span', { className: `state ${status}` }, states[status] ?? status);

export const orders = async ({ go }) => {
  if (!isLoggedIn()) return void go('/log-in?next=/orders', { replace: true });
  const list = make('ul', { className: 'orders' }),
    more = make('button', { type: 'button', className: 'more' }, 'Show more');
  let next;
  const add = async (cursor) => {
    const page = await get(`/orders?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`, null);
    list.append(
      ...page.items.map((o) =>
        make(
          'li',
          {},
          link(
            `/orders/${o.id}`,
            make('strong', {}, o.number),
            make('span', {}, day(o.createdAt)),
            make('span', { className: 'quiet' }, o.lines.map((l) => l.name).join(', ')),
            chip(o.status),
            make('span', { className: 'price' }, money(o.total)),
          ),
        ),
      ),
    );
    next = page.nextCursor;
    more.hidden = !next;
  };
  more.addEventListener('click', () => add(next));
  await add();
  return [
    title('Your orders'),
    list.children.length
      ? list
      : make('p', { className: 'empty' }, 'You have not ordered anything yet. ', link('', 'Look around'), '.'),
    more,
  ];
};

// order is one, asked after while the page is seen: often as long as things happen, then seldom, each time by its ETag.
const quick = 1000,
  slow = 15_000;
export const order = async ({ id, gone, query }) => {
  openOrder(id);
  const back = query.has('payment_intent'); // from the bank: what it adds to the address names nothing that is ours
  if (back) history.replaceState(history.state, '', location.pathname);
  const closed = () => [
    title('You cannot see this order here'),
    make(
      'p',
      {},
      'It takes the link in the mail about it, which is good for 90 days, or ',
      link(`/log-in?next=/orders/${id}`, 'the log-in'),
      ' of whoever ordered it.',
    ),
  ];
  if (!isLoggedIn() && !kept('orders')?.[id]) return closed();
  let seen;
  try {
    seen = await get(`/orders/${encodeURIComponent(id)}`, id, { tags: true });
  } catch (problem) {
    if (problem.status !== 404 && problem.status !== 401) throw problem;
    return closed();
  }
  const head = make('div'),
    doing = make('div', { className: 'doing' }),
    told = make('div'),
    body = make('div', { className: 'order' }, doing, told);
  let shownDoing = '',
    pause = quick,
    timer = 0;
  const draw = async () => {
    const o = seen.body,
      paying = ['placed', 'authorized'].includes(o.status);
    const payments = await get(`/payments?orderId=${o.id}&limit=5`, id)
      .then((page) => page.items)
      .catch(() => []);
    head.replaceChildren(
      title(o.status === 'paid' && back ? `Thank you: order ${o.number} is paid` : `Order ${o.number}`),
      make('p', { className: 'where', role: 'status' }, chip(o.status), ` ${meaning(o, payments[0])}`),
      steps(o),
    );
    body.classList.toggle('paying', paying); // then what is ordered stands beside it
    told.replaceChildren(...story(o, payments));
    const what = JSON.stringify([o.status, o.lines, o.returns, payments.map((p) => [p.id, p.status])]);
    if (what === shownDoing) return; // what somebody writes at this moment stays
    shownDoing = what;
    doing.replaceChildren(
      ...[
        paying && pay(o, payments[0], look, back),
        o.status === 'placed' && cancel(o, look),
        returning(o, look),
      ].filter(Boolean),
    );
  };
  const look = async () => {
    clearTimeout(timer);
    try {
      const next = await get(`/orders/${seen.body.id}`, id, { tag: seen.tag, tags: true });
      const open = ['placed', 'authorized'].includes(seen.body.status);
      pause = next ? quick : Math.min(pause * 1.5, open ? 3000 : slow);
      if (next) seen = next;
      if (next || open) await draw();
    } catch (problem) {
      if (problem.status === 404 || problem.status === 401) return;
      pause = slow;
    }
    if (!gone.aborted && !document.hidden) timer = setTimeout(look, pause);
  };
  const wake = () => {
    if (!document.hidden) look();
  };
  document.addEventListener('visibilitychange', wake);
  gone.addEventListener('abort', () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', wake);
  });
  await draw();
  if (!gone.aborted) timer = setTimeout(look, pause);
  return [head, body];
};

const meaning = (o, payment) => {
  if (o.status === 'placed' && payment?.status === 'requires_action') return 'Your bank wants to know that it is you.';
  return {
    placed: `The goods are held for you until ${clock(o.payBy)}.`,
    authorized: 'One moment: your bank has agreed, and the money is on its way.',
    paid: `The confirmation goes to ${o.guest?.email ?? 'your e-mail address'}. We pack it; a mail says when it is sent.`,
    fulfilled: 'All of it was sent.',
    delivered: 'All of it has arrived.',
    returned: 'All of it has come back.',
    expired: 'You owe nothing. The goods are on sale again.',
    cancelled: 'What was paid goes back by itself.',
  }[o.status];
};
const steps = (o) => {
  const at = { placed: 0, authorized: 0, paid: 1, fulfilled: 2, delivered: 3 }[o.status];
  if (at === undefined) return '';
  return make(
    'ol',
    { className: 'steps' },
    ['Placed', 'Paid', 'Sent', 'Delivered'].map((name, i) =>
      make('li', { className: i <= at ? 'past' : '', 'aria-current': i === at ? 'step' : undefined }, name),
    ),
  );
};
