// What a page about an order is made of: what its buyer may do, and what has become of it.
import { base, send } from './mart.js';
import { costs, form, make, moment, money, picture } from './dom.js';
import { inLines } from './address.js';

export const states = {
  placed: 'To be paid',
  authorized: 'Payment under way',
  paid: 'Paid',
  fulfilled: 'On its way',
  delivered: 'Delivered',
  returned: 'Returned',
  expired: 'Not paid in time',
  cancelled: 'Cancelled',
};

// A real shop has its payment provider's form here, which answers with such a token for a card; the mart never sees a
// card's number.
const cards = [
  ['pm_card_visa', 'Visa', '4242', 'pays'],
  ['pm_card_authenticationRequired', 'Visa with 3-D Secure', '3184', 'its bank asks first'],
  ['pm_card_mastercard', 'Mastercard', '4444', 'pays'],
  ['pm_card_chargeDeclined', 'Visa', '0002', 'is declined'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'Visa', '9995', 'has too little on it'],
];
const under = ['started', 'authorized', 'unknown'];
// A payment that waits at the bank is given up before another one can begin.
const otherwise = (payment, o, look) =>
  form(
    async () => {
      await send('POST', `/payments/${payment.id}/cancellation`, {}, { by: o.id });
      await look();
    },
    { className: 'aside' },
    make('button', { className: 'plain' }, 'Pay with another card'),
  );

export const pay = (o, payment, look, back) => {
  if (payment?.status === 'requires_action' && payment.nextAction) {
    return make(
      'section',
      { className: 'card' },
      make('h2', {}, 'Your bank asks'),
      make(
        'p',
        {},
        back
          ? 'Your bank has not confirmed the payment yet. Go there once more, or pay in another way.'
          : 'Confirm the payment there; you come back to this page.',
      ),
      make('p', {}, make('a', { className: 'button main', href: payment.nextAction.redirectUrl }, 'To your bank')),
      otherwise(payment, o, look),
    );
  }
  if (payment && (under.includes(payment.status) || payment.status === 'requires_action'))
    return make('p', { className: 'waiting', role: 'status' }, 'One moment: your payment is under way …');
  return form(
    async (data) => {
      const said = await send(
        'POST',
        '/payments',
        {
          orderId: o.id,
          paymentMethod: data.get('paymentMethod'),
          returnUrl: `${location.origin}${base}/orders/${o.id}`,
        },
        { wish: `pay ${o.id}`, by: o.id },
      );
      if (said.nextAction?.redirectUrl) return location.assign(said.nextAction.redirectUrl);
      await look();
    },
    { className: 'card pay' },
    make('h2', {}, `Pay ${money(o.total)}`),
    payment?.status === 'declined'
      ? make(
          'p',
          { className: 'problem', role: 'alert' },
          payment.failure?.message ?? 'It was declined, and nothing was taken. Pay with another card.', // which says what to do
        )
      : null,
    make(
      'fieldset',
      {},
      make('legend', {}, 'Choose a test card. No money moves.'),
      cards.map(([token, name, last, does], i) =>
        make(
          'label',
          {},
          make('input', { type: 'radio', name: 'paymentMethod', value: token, checked: !i }),
          make(
            'span',
            {},
            make('strong', {}, name),
            make('span', { className: 'quiet' }, ` ${does}`),
          ),
          make('span', { className: 'quiet' }, make('span', { 'aria-hidden': 'true' }, ' •••• '), last),
        ),
      ),
    ),
    make('button', { className: 'main' }, `Pay ${money(o.total)}`),
  );
};
export const cancel = (o, look) =>
  form(
    async () => {
      await send('POST', `/orders/${o.id}/cancellation`, {}, { by: o.id });
      await look();
    },
    { className: 'aside' },
    make('button', { className: 'plain' }, 'Cancel this order'),
  );

// What has arrived, and is not to come back already, may be sent back.
export const returning = (o, look) => {
  const coming = (l) =>
    (o.returns ?? [])
      .filter((r) => r.status === 'requested' || r.status === 'approved')
      .flatMap((r) => r.lines)
      .filter((one) => one.productId === l.productId)
      .reduce((n, one) => n + one.quantity, 0);
  const left = o.lines.map((l) => [l, l.delivered - l.returned - coming(l)]).filter(([, n]) => n > 0);
  if (!left.length) return null;
  const ask = form(
    async (data) => {
      const lines = left
        .map(([l]) => ({ productId: l.productId, quantity: Number(data.get(l.productId)) }))
        .filter((l) => l.quantity);
      if (!lines.length) throw { detail: 'Say how many of what is to come back.' };
      await send(
        'POST',
        `/orders/${o.id}/returns`,
        { lines, ...(data.get('reason').trim() && { reason: data.get('reason').trim() }) },
        { by: o.id },
      );
      await look();
    },
    {},
    left.map(([l, n]) =>
      make(
        'p',
        { className: 'field back' },
        make('label', { for: `b-${l.productId}` }, `How many of ${l.name}`),
        make(
          'select',
          { id: `b-${l.productId}`, name: l.productId },
          Array.from({ length: n + 1 }, (_, i) => make('option', { value: i }, String(i))),
        ),
      ),
    ),
    make(
      'p',
      { className: 'field' },
      make('label', { for: 'f-reason' }, 'Why', make('span', { className: 'quiet' }, ' (optional)')),
      make('textarea', {
        id: 'f-reason',
        name: 'reason',
        maxLength: 500,
        rows: 2,
        'aria-describedby': 'f-reason-fault',
      }),
      make('span', { id: 'f-reason-fault', className: 'fault' }),
    ),
    make('button', { className: 'main' }, 'Ask to send it back'),
  );
  return make('details', { className: 'card' }, make('summary', {}, 'Send something back'), ask);
};

const refunded = { requested: 'is on its way', refunded: 'went back', failed: 'could not be given back yet' };
const fates = {
  requested: 'asked for; we answer by mail',
  approved: 'send it to us',
  refused: 'refused',
  received: 'has come back',
};
// happened is each step of an order's history as its buyer is told of it: the states that it came to, and what was done in between.
const happened = {
  ...states,
  placed: 'Ordered',
  fulfilled: 'All of it was sent',
  delivered: 'All of it has arrived',
  returned: 'All of it has come back',
};
const done = {
  sent: 'A parcel was sent',
  delivered: 'A parcel has arrived',
  return_requested: 'You asked to send something back',
  return_approved: 'You may send it back',
  return_refused: 'It cannot be sent back',
  return_received: 'What you sent back has come',
  cancelled: 'A part was cancelled',
};
const step = (h) =>
  h.action
    ? (done[h.action] ?? `${h.action[0].toUpperCase()}${h.action.slice(1).replaceAll('_', ' ')}`)
    : (happened[h.status] ?? h.status);
export const story = (o, payments) => {
  const fate = (l) =>
    [
      l.cancelled && `${l.cancelled} cancelled`,
      l.shipped && l.shipped > l.delivered && `${l.shipped - l.delivered} on the way`,
      l.delivered && `${l.delivered} delivered`,
      l.returned && `${l.returned} came back`,
    ]
      .filter(Boolean)
      .join(', ');
  const named = (lines) =>
    lines
      .map((one) => `${one.quantity} × ${o.lines.find((l) => l.productId === one.productId)?.name ?? ''}`)
      .join(', ');
  const a = o.shippingAddress,
    refunds = payments.flatMap((p) => p.refunds ?? []);
  return [
    make(
      'div',
      { className: 'told' },
      make(
        'section',
        {},
        make('h2', {}, 'What was ordered'),
        make(
          'ul',
          { className: 'lines' },
          o.lines.map((l) =>
            make(
              'li',
              {},
              picture(l.imageUrl, l.name),
              make(
                'div',
                {},
                make('p', { className: 'name' }, l.name),
                make(
                  'p',
                  { className: 'quiet' },
                  `${l.quantity} × ${money(l.unitPrice)}`,
                  fate(l) ? ` · ${fate(l)}` : '',
                ),
              ),
              make('p', { className: 'price' }, money(l.total)),
            ),
          ),
        ),
        costs(o),
      ),
      make(
        'section',
        {},
        make('h2', {}, 'Where it goes'),
        inLines(a),
        a.line1
          ? null
          : make(
              'p',
              { className: 'quiet' },
              'We have your whole address. Until you have paid, this page shows only the country.',
            ),
        o.fulfilments?.length
          ? [
              make('h2', {}, 'Parcels'),
              make(
                'ul',
                {},
                o.fulfilments.map((p) =>
                  make(
                    'li',
                    {},
                    named(p.lines),
                    make('br'),
                    make(
                      'span',
                      { className: 'quiet' },
                      [
                        p.carrier,
                        p.trackingNumber,
                        p.deliveredAt ? `arrived ${moment(p.deliveredAt)}` : `sent ${moment(p.at)}`,
                      ]
                        .filter(Boolean)
                        .join(' · '),
                    ),
                  ),
                ),
              ),
            ]
          : null,
        o.returns?.length
          ? [
              make('h2', {}, 'Sent back'),
              make(
                'ul',
                { className: 'returns' },
                o.returns.map((r) =>
                  make(
                    'li',
                    {},
                    named(r.lines),
                    make('br'),
                    make(
                      'span',
                      { className: 'quiet' },
                      [fates[r.status], r.note, r.refund && `${money(r.refund.amount)} back`]
                        .filter(Boolean)
                        .join(' · '),
                    ),
                  ),
                ),
              ),
            ]
          : null,
        refunds.length
          ? [
              make('h2', {}, 'Money back'),
              make(
                'ul',
                {},
                refunds.map((r) => make('li', {}, `${money(r.amount)} ${refunded[r.status]}`)),
              ),
            ]
          : null,
        make('h2', {}, 'What happened'),
        make(
          'ol',
          { className: 'history' },
          o.history.map((h) =>
            make(
              'li',
              {},
              make('time', { dateTime: h.at }, moment(h.at)),
              make(
                'span',
                {},
                step(h),
                h.note ? make('span', { className: 'quiet note' }, h.note) : null,
              ),
            ),
          ),
        ),
      ),
    ),
  ];
};
