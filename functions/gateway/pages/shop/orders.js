// Orders: all of somebody's, and one from its payment to its return, as it is while it happens.
import { base, get, isLoggedIn, kept, openOrder, send } from './mart.js';
import { clock, costs, day, form, link, make, moment, money, picture, title } from './dom.js';

const states = {
  placed: 'To be paid', authorized: 'Payment under way', paid: 'Paid', fulfilled: 'On its way', delivered: 'Delivered', returned: 'Returned',
  expired: 'Not paid in time', cancelled: 'Cancelled',
};
const chip = (status) => make('span', { className: `state ${status}` }, states[status] ?? status);

export const orders = async ({ go }) => {
  if (!isLoggedIn()) return void go('/log-in?next=/orders', { replace: true });
  const list = make('ul', { className: 'orders' }), more = make('button', { type: 'button', className: 'more' }, 'Show more');
  let next;
  const add = async (cursor) => {
    const page = await get(`/orders?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`, null);
    list.append(...page.items.map((o) => make('li', {}, link(`/orders/${o.id}`, make('strong', {}, o.number), make('span', {}, day(o.createdAt)),
      make('span', { className: 'quiet' }, o.lines.map((l) => l.name).join(', ')), chip(o.status), make('span', { className: 'price' }, money(o.total))))));
    next = page.nextCursor;
    more.hidden = !next;
  };
  more.addEventListener('click', () => add(next));
  await add();
  return [title('Your orders'), list.children.length ? list : make('p', { className: 'empty' }, 'You have not ordered anything yet. ', link('', 'Look around'), '.'), more];
};

// order is one, asked after while the page is seen: often as long as things happen, then seldom, each time by its ETag.
const quick = 1000, slow = 15_000;
export const order = async ({ id, gone, query }) => {
  openOrder(id);
  const back = query.has('payment_intent'); // from the bank: what it adds to the address names nothing that is ours
  if (back) history.replaceState(history.state, '', location.pathname);
  const closed = () => [title('This order is not to be seen'), make('p', {}, 'It takes the link in the mail about it, which is good for 90 days, or ', link(`/log-in?next=/orders/${id}`, 'the log-in'), ' of whoever ordered it.')];
  if (!isLoggedIn() && !kept('orders')?.[id]) return closed();
  let seen;
  try {
    seen = await get(`/orders/${encodeURIComponent(id)}`, id, { tags: true });
  } catch (problem) {
    if (problem.status !== 404 && problem.status !== 401) throw problem;
    return closed();
  }
  const head = make('div'), doing = make('div', { className: 'doing' }), told = make('div');
  let shownDoing = '', pause = quick, timer = 0;
  const draw = async () => {
    const o = seen.body, paying = ['placed', 'authorized'].includes(o.status);
    const payments = await get(`/payments?orderId=${o.id}&limit=5`, id).then((page) => page.items).catch(() => []);
    head.replaceChildren(title(o.status === 'paid' && back ? 'Thank you, it is paid' : `Order ${o.number}`), make('p', { className: 'where', role: 'status' }, chip(o.status), ` ${meaning(o, payments[0])}`), steps(o));
    told.replaceChildren(...story(o, payments));
    const what = JSON.stringify([o.status, o.lines, o.returns, payments.map((p) => [p.id, p.status])]);
    if (what === shownDoing) return; // what somebody writes at this moment stays
    shownDoing = what;
    doing.replaceChildren(...[paying && pay(o, payments[0], look, back), o.status === 'placed' && cancel(o, look), returning(o, look)].filter(Boolean));
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
  const wake = () => { if (!document.hidden) look(); };
  document.addEventListener('visibilitychange', wake);
  gone.addEventListener('abort', () => { clearTimeout(timer); document.removeEventListener('visibilitychange', wake); });
  await draw();
  if (!gone.aborted) timer = setTimeout(look, pause);
  return [head, doing, told];
};

const meaning = (o, payment) => {
  if (o.status === 'placed' && payment?.status === 'requires_action') return 'Your bank wants to know that it is you.';
  return {
    placed: `The goods are held for you until ${clock(o.payBy)}.`, authorized: 'One moment: your bank has agreed, and the money is on its way.',
    paid: 'We pack it. You get a mail when it is sent.', fulfilled: 'All of it was sent.', delivered: 'All of it has arrived.', returned: 'All of it has come back.',
    expired: 'Nothing is owed; the goods are anybody’s again.', cancelled: 'What was paid goes back by itself.',
  }[o.status];
};
const steps = (o) => {
  const at = { placed: 0, authorized: 0, paid: 1, fulfilled: 2, delivered: 3 }[o.status];
  if (at === undefined) return '';
  return make('ol', { className: 'steps' }, ['Placed', 'Paid', 'Sent', 'Delivered'].map((name, i) => make('li', { className: i <= at ? 'past' : '', 'aria-current': i === at ? 'step' : undefined }, name)));
};

// A real shop has its payment provider's form here, which answers with such a token for a card; the mart never sees a card's number.
const cards = [
  ['pm_card_visa', 'Visa', 'pays'], ['pm_card_authenticationRequired', 'Visa with 3-D Secure', 'its bank asks first'],
  ['pm_card_mastercard', 'Mastercard', 'pays'], ['pm_card_chargeDeclined', 'Visa', 'is declined'], ['pm_card_chargeDeclinedInsufficientFunds', 'Visa', 'has too little on it'],
];
const under = ['started', 'authorized', 'unknown'];
const pay = (o, payment, look, back) => {
  if (payment?.status === 'requires_action' && payment.nextAction && !back) {
    return make('section', { className: 'card' }, make('h2', {}, 'Your bank asks'), make('p', {}, 'Confirm the payment there; you come back to this page.'), make('p', {}, make('a', { className: 'button main', href: payment.nextAction.redirectUrl }, 'To your bank')));
  }
  if (payment && (under.includes(payment.status) || payment.status === 'requires_action')) return make('p', { className: 'waiting', role: 'status' }, 'One moment: your payment is under way …');
  return form(async (data) => {
    const said = await send('POST', '/payments', { orderId: o.id, paymentMethod: data.get('paymentMethod'), returnUrl: `${location.origin}${base}/orders/${o.id}` }, { wish: `pay ${o.id}`, by: o.id });
    if (said.nextAction?.redirectUrl) return location.assign(said.nextAction.redirectUrl);
    await look();
  }, { className: 'card pay' }, make('h2', {}, `Pay ${money(o.total)}`),
  payment?.status === 'declined' ? make('p', { className: 'problem', role: 'alert' }, `${payment.failure?.message ?? 'It was declined.'} Nothing was taken. Try again, or another card.`) : null,
  make('fieldset', {}, make('legend', {}, 'Test cards; no money moves'), cards.map(([token, name, does], i) =>
    make('label', {}, make('input', { type: 'radio', name: 'paymentMethod', value: token, checked: !i }), make('span', {}, make('strong', {}, name), make('span', { className: 'quiet' }, ` ${does}`))))),
  make('button', { className: 'main' }, `Pay ${money(o.total)}`));
};
const cancel = (o, look) => form(async () => {
  await send('POST', `/orders/${o.id}/cancellation`, {}, { by: o.id });
  await look();
}, { className: 'aside' }, make('button', { className: 'plain' }, 'Cancel this order'));

// What has arrived, and is not to come back already, may be sent back.
const returning = (o, look) => {
  const coming = (l) => (o.returns ?? []).filter((r) => r.status === 'requested' || r.status === 'approved').flatMap((r) => r.lines).filter((one) => one.productId === l.productId).reduce((n, one) => n + one.quantity, 0);
  const left = o.lines.map((l) => [l, l.delivered - l.returned - coming(l)]).filter(([, n]) => n > 0);
  if (!left.length) return null;
  const ask = form(async (data) => {
    const lines = left.map(([l]) => ({ productId: l.productId, quantity: Number(data.get(l.productId)) })).filter((l) => l.quantity);
    if (!lines.length) throw { detail: 'Say how many of what is to come back.' };
    await send('POST', `/orders/${o.id}/returns`, { lines, ...(data.get('reason').trim() && { reason: data.get('reason').trim() }) }, { by: o.id });
    await look();
  }, {}, left.map(([l, n]) => make('p', { className: 'field back' }, make('label', { for: `b-${l.productId}` }, `How many of ${l.name}`),
    make('select', { id: `b-${l.productId}`, name: l.productId }, Array.from({ length: n + 1 }, (_, i) => make('option', { value: i }, String(i)))))),
  make('p', { className: 'field' }, make('label', { for: 'f-reason' }, 'Why', make('span', { className: 'quiet' }, ' (optional)')), make('textarea', { id: 'f-reason', name: 'reason', maxLength: 500, rows: 2, 'aria-describedby': 'f-reason-fault' }), make('span', { id: 'f-reason-fault', className: 'fault' })),
  make('button', { className: 'main' }, 'Ask to send it back'));
  return make('details', { className: 'card' }, make('summary', {}, 'Send something back'), ask);
};

const fates = { requested: 'asked for; we answer by mail', approved: 'send it to us', refused: 'refused', received: 'has come back' };
const story = (o, payments) => {
  const fate = (l) => [l.cancelled && `${l.cancelled} cancelled`, l.shipped && l.shipped > l.delivered && `${l.shipped - l.delivered} on the way`, l.delivered && `${l.delivered} delivered`, l.returned && `${l.returned} came back`].filter(Boolean).join(', ');
  const named = (lines) => lines.map((one) => `${one.quantity} × ${o.lines.find((l) => l.productId === one.productId)?.name ?? ''}`).join(', ');
  const a = o.shippingAddress, refunds = payments.flatMap((p) => p.refunds ?? []);
  return [make('div', { className: 'told' },
    make('section', {}, make('h2', {}, 'What was ordered'), make('ul', { className: 'lines' }, o.lines.map((l) => make('li', {}, picture(l.imageUrl, l.name),
      make('div', {}, make('p', { className: 'name' }, l.name), make('p', { className: 'quiet' }, `${l.quantity} × ${money(l.unitPrice)}`, fate(l) ? ` · ${fate(l)}` : '')), make('p', { className: 'price' }, money(l.total))))), costs(o)),
    make('section', {},
      make('h2', {}, 'Where it goes'), make('address', {}, [a.name, a.line1, a.line2, [a.postalCode, a.city].filter(Boolean).join(' '), a.region, new Intl.DisplayNames(undefined, { type: 'region' }).of(a.country)].filter(Boolean).flatMap((text) => [text, make('br')])),
      o.fulfilments?.length ? [make('h2', {}, 'Parcels'), make('ul', {}, o.fulfilments.map((p) => make('li', {}, named(p.lines), make('br'), make('span', { className: 'quiet' }, [p.carrier, p.trackingNumber, p.deliveredAt ? `arrived ${moment(p.deliveredAt)}` : `sent ${moment(p.at)}`].filter(Boolean).join(' · ')))))] : null,
      o.returns?.length ? [make('h2', {}, 'Sent back'), make('ul', { className: 'returns' }, o.returns.map((r) => make('li', {}, named(r.lines), make('br'), make('span', { className: 'quiet' }, [fates[r.status], r.note, r.refund && `${money(r.refund.amount)} back`].filter(Boolean).join(' · ')))))] : null,
      refunds.length ? [make('h2', {}, 'Money back'), make('ul', {}, refunds.map((r) => make('li', {}, `${money(r.amount)} ${{ requested: 'is on its way', refunded: 'went back', failed: 'could not be given back yet' }[r.status]}`)))] : null,
      make('h2', {}, 'What happened'), make('ol', { className: 'history' }, o.history.map((h) => make('li', {}, make('time', { dateTime: h.at }, moment(h.at)), ` ${h.action ? h.action.replaceAll('_', ' ') : states[h.status] ?? h.status}`, h.note ? make('span', { className: 'quiet' }, ` ${h.note}`) : null)))))];
};
