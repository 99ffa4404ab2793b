// What an order's page shows, part by part. Each part has the actions that its reader may take, and that the order is ready for.
import { may, path } from './api.js';
import { badge, button, country, facts, inWords, link, make, money, quiet, section, table, time } from './parts.js';
import { approve, arrived, cancel, cancelPart, erase, note, receive, refund, refuse, send, takeBack } from './actions.js';
import { captured, goods, left } from './goods.js';

const strong = (b) => {
  b.className = 'strong'; // what is mostly done next
  return b;
};
const acts = (...buttons) => buttons.some(Boolean) && make('p', { class: 'acts' }, buttons);
const counted = (lines, names) =>
  make(
    'ul',
    { class: 'plain' },
    lines.map((l) => make('li', {}, `${l.quantity} × ${names.get(l.productId) ?? l.productId}`)),
  );
const named = (o) => new Map(o.lines.map((l) => [l.productId, l.name]));

// toolbar is what can be done with the order as a whole.
export const toolbar = (o) => {
  const all = goods(o),
    write = may('orders:write');
  const unsent = all.some((g) => g.unsent > 0),
    whole = !o.fulfilments?.length;
  return make(
    'p',
    { class: 'acts toolbar' },
    write && o.status === 'paid' && unsent && strong(button('send', () => send(o), 'Send a parcel')),
    write && all.some((g) => g.returnable > 0) && button('take-back', () => takeBack(o), 'Take a return'),
    write && ['placed', 'paid'].includes(o.status) && whole && button('cancel', () => cancel(o), 'Cancel the order'),
    write && o.status === 'paid' && unsent && button('cancel-part', () => cancelPart(o), 'Cancel a part'),
    may('journal:read') && link(`/flow/${o.number}`, 'In the journal, hop by hop'),
  );
};

export const payments = (o) =>
  section(
    'Payments',
    o.payments.length
      ? o.payments.map((p) =>
          make(
            'div',
            { class: 'part' },
            make(
              'p',
              {},
              make('strong', {}, money(p.amount)),
              ' ',
              badge(p.status),
              ' ',
              make('span', { class: 'quiet' }, time(p.createdAt)),
            ),
            p.failure && quiet(p.failure.providerSaid ?? p.failure.message),
            p.refunds?.length &&
              table(
                'What goes back of it',
                ['Given back', 'State', 'Why', ...(o.taxes.length ? ['#Of it tax'] : [])],
                p.refunds.map((r) => [
                  money(r.amount),
                  badge(r.status),
                  r.reason ?? '',
                  ...(o.taxes.length ? [money({ ...r.amount, amount: r.taxes.reduce((all, t) => all + t.amount.amount, 0) })] : []),
                ]),
              ),
            acts(may('payments:write') && captured(p) && left(p).amount > 0 && button(`refund-${p.id}`, () => refund(o, p), 'Refund')),
          ),
        )
      : make('p', { class: 'empty' }, 'None yet.'),
  );

export const parcels = (o) =>
  section(
    'Parcels',
    (o.fulfilments ?? []).length
      ? o.fulfilments.map((f, i) =>
          make(
            'div',
            { class: 'part' },
            make('p', {}, make('strong', {}, `Parcel ${i + 1}`), ' ', badge(f.deliveredAt ? 'arrived' : 'under way')),
            counted(f.lines, named(o)),
            facts(
              ['Sent', time(f.at)],
              ['Carrier', f.carrier],
              ['Tracking number', f.trackingNumber],
              ['Arrived', f.deliveredAt && time(f.deliveredAt)],
            ),
            acts(may('orders:write') && !f.deliveredAt && button(`arrived-${f.id}`, () => arrived(o, f), 'It has arrived')),
          ),
        )
      : make('p', { class: 'empty' }, 'Nothing was sent yet.'),
  );

export const returns = (o) => {
  const cancelled = (o.cancellations ?? []).map((c) =>
    make(
      'div',
      { class: 'part' },
      make('p', {}, make('strong', {}, 'Cancelled'), ' ', time(c.at)),
      counted(c.lines, named(o)),
      facts(['Why', c.reason], ['Given back', c.refund && money(c.refund.amount)]),
    ),
  );
  return section(
    'Returns and cancelled parts',
    (o.returns ?? []).map((r, i) =>
      make(
        'div',
        { class: 'part' },
        make('p', {}, make('strong', {}, `Return ${i + 1}`), ' ', badge(r.status), ' ', make('span', { class: 'quiet' }, time(r.at))),
        counted(r.lines, named(o)),
        facts(
          ['Why', r.reason],
          ['Our answer', r.note],
          ['Given back', r.refund && money(r.refund.amount)],
          [
            'Has come',
            r.received &&
              r.received
                .map((l) => `${l.quantity} × ${named(o).get(l.productId)}, ${l.restock ? 'back on the shelf' : 'not to be sold again'}`)
                .join('; '),
          ],
        ),
        may('orders:write') && decisions(o, r),
      ),
    ),
    cancelled,
    !o.returns?.length && !cancelled.length && make('p', { class: 'empty' }, 'None.'),
  );
};
const decisions = (o, r) =>
  acts(
    r.status === 'requested' && button(`approve-${r.id}`, () => approve(o, r), 'Approve'),
    r.status === 'approved' && button(`receive-${r.id}`, () => receive(o, r), 'It has come'),
    ['requested', 'approved'].includes(r.status) && button(`refuse-${r.id}`, () => refuse(o, r), 'Refuse'),
  );

// address is who has ordered, as far as its reader may see, and to whom it goes, who may be somebody else.
export const address = (o) => {
  const a = o.shippingAddress,
    { name, email, phone } = o.buyer,
    called = name ?? (o.guest ? 'somebody who is erased' : 'a customer');
  return section(
    o.guest ? 'Guest' : 'Customer',
    facts(
      ['Ordered by', o.customerId && may('customers:read') ? link(`/office/customers/${o.customerId}`, called) : called],
      ['E-mail address', email],
      ['Phone', phone],
      ['Placed', time(o.createdAt)],
      ['To be paid until', o.status === 'placed' && time(o.payBy)],
    ),
    make('h3', {}, 'Goes to'),
    make(
      'address',
      {},
      [a.name, a.line1, a.line2, [a.postalCode, a.city].filter(Boolean).join(' '), a.region, country(a.country)]
        .filter(Boolean)
        .map((line) => make('span', {}, line)),
    ),
    acts(may('customers:write') && o.guest && (email || name) && button('erase', () => erase(o), 'Erase the guest')),
  );
};

export const notes = (o) =>
  section(
    'Notes',
    quiet('Only staff read these.'),
    make(
      'ul',
      { class: 'plain talk' },
      o.notes.items.map((n) =>
        make(
          'li',
          {},
          make('span', { class: 'words' }, n.text || 'erased'),
          make('small', { class: 'quiet' }, o.by(n.by), ', ', time(n.at)),
        ),
      ),
    ),
    o.notes.nextCursor && quiet('There are older ones.'),
    acts(may('orders:write') && button('note', () => note(o), 'Add a note')),
  );

const became = {
  sent: 'A parcel was sent',
  delivered: 'A parcel has arrived',
  return_requested: 'A return was asked for',
  return_approved: 'The return was approved',
  return_refused: 'The return was refused',
  return_received: 'The return has come',
  cancelled: 'A part was cancelled',
};
export const history = (o) =>
  section(
    'What became of it',
    make(
      'ol',
      { class: 'plain history' },
      o.history
        .toReversed()
        .map((h) =>
          make(
            'li',
            {},
            make('span', {}, became[h.action] ?? `It is ${inWords(h.status)}`),
            h.note && make('span', { class: 'words' }, h.note),
            make('small', { class: 'quiet' }, `${o.by(h.by)}, `, time(h.at)),
          ),
        ),
    ),
  );

export const mails = (o) =>
  may('notifications:read') &&
  section(
    'Mails',
    o.mails.items.length
      ? make(
          'ul',
          { class: 'plain' },
          o.mails.items.map((m) =>
            make('li', {}, `${inWords(m.kind)} `, badge(m.status), ' ', make('small', { class: 'quiet' }, time(m.createdAt))),
          ),
        )
      : make('p', { class: 'empty' }, 'None yet.'),
    link(path('/office/mails', { order: o.id }), 'All about this order'),
  );
