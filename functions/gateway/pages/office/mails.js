// The mails that were sent, and what those of each kind look like.
import { may, path, read, text } from './api.js';
import { confirm } from './dialog.js';
import { orderOf } from './names.js';
import { badge, button, field, fill, inWords, link, make, pager, quiet, search, section, table, time } from './parts.js';

const kinds = [
  'order_reminder',
  'order_confirmation',
  'order_cancellation',
  'part_cancelled',
  'order_expiry',
  'order_shipment',
  'order_arrival',
  'return_requested',
  'return_approved',
  'return_refused',
  'return_received',
  'refund_notice',
  'welcome',
  'login_warning',
  'password_reset',
  'email_verification',
  'account_exists',
  'invitation',
  'email_change',
  'email_changed',
  'low_stock',
];
const states = ['sending', 'sent', 'failed'];

export const show = async ({ room, query }) => {
  const sent = make('div', {}),
    look = () => list(sent, query, look);
  const [, looks] = await Promise.all([look(), preview(query)]);
  const parts = [section('What was sent', filters(query), sent), looks];
  fill(room, ...(query.get('preview') ? parts.toReversed() : parts));
};

const filters = (query) => {
  const of = (name) => query.get(name) ?? '';
  return search('Mails', [
    field('Kind', { name: 'kind', value: of('kind') }, [['', 'any'], ...kinds]),
    field('State', { name: 'status', value: of('status') }, [['', 'any'], ...states]),
    ...['order', 'customer'].map((name) => of(name) && make('input', { type: 'hidden', name, value: of(name) })),
  ]);
};

const list = async (sent, query, look) => {
  const [order, customer, write] = [query.get('order'), query.get('customer'), may('notifications:write')];
  const { items, nextCursor } = await read(
    path('/notifications', {
      orderId: order,
      customerId: customer,
      kind: query.get('kind'),
      status: query.get('status'),
      cursor: query.get('cursor'),
    }),
  );
  const whose = await Promise.all(items.map(about));
  fill(
    sent,
    (order || customer) && make('p', {}, order ? 'About one order. ' : 'To one customer. ', link('/office/mails', 'All mails')),
    table(
      'Mails, the newest first',
      ['Kind', 'State', '#Tries', 'When', 'About', ...(write ? [''] : [])],
      items.map((m, i) => [
        inWords(m.kind), // no link: what was sent is kept nowhere, and what a kind looks like is asked for below
        [badge(m.status), m.reason && make('small', { class: 'quiet' }, ` ${m.reason}`)],
        String(m.attempts),
        time(m.createdAt),
        whose[i],
        ...(write
          ? [button(`resend-${m.id}`, () => resend(m, look), 'Send again', make('span', { class: 'unseen' }, `: ${inWords(m.kind)}`))]
          : []),
      ]),
      query.size ? 'No mail is like that.' : 'None was sent.',
    ),
    pager(query, nextCursor),
  );
};
const about = async (m) => {
  if (m.orderId && may('orders:read')) return link(`/office/orders/${m.orderId}`, await orderOf(m.orderId));
  if (m.customerId && may('customers:read')) return link(`/office/customers/${m.customerId}`, 'a customer'); // who may be erased by now
  if (m.productId) return link(`/office/products/${m.productId}`, 'a product');
  return m.userId ? 'a colleague' : '';
};
const resend = (m, then) =>
  confirm({
    title: 'Send the mail again',
    go: 'Send',
    then,
    done: 'The mail is sent.',
    says: () =>
      `The mail (${inWords(m.kind)}) is written anew, about things as they are now, and sent to the address that its reader has now.`,
    carry: (_, change) => change('POST', `/notifications/${m.id}/resend`),
  });

// preview shows a mail about nothing that there is. It is drawn into a frame of its own, in which nothing runs and nothing is sent.
const preview = async (query) => {
  const [kind, language] = [query.get('preview') ?? '', query.get('language') ?? ''];
  const choice = search('Kinds of mail', [
    field('Kind', { name: 'preview', value: kind }, [['', 'choose'], ...kinds]),
    field('Language', { name: 'language', value: language }, [
      ['', 'the shop’s own'],
      ['en', 'English'],
      ['de', 'German'],
    ]),
  ]);
  const part = section('What they look like', choice);
  if (!kind) return part;
  const page = await text(path(`/notifications/preview/${encodeURIComponent(kind)}`, { language }), 'text/html');
  const frame = make('iframe', {
    title: `A mail: ${inWords(kind)}`,
    class: 'mail',
    src: '/office/mail',
    sandbox: 'allow-same-origin',
    load: () => frame.contentDocument && draw(frame.contentDocument, page),
  });
  part.append(quiet('With an invented order and customer. Its links lead nowhere.'), frame);
  return part;
};
// draw puts a mail into the frame, whose policy lets nothing in it run.
const draw = (into, page) => {
  const mail = new into.defaultView.DOMParser().parseFromString(page, 'text/html');
  into.replaceChild(into.importNode(mail.documentElement, true), into.documentElement);
};
