// One customer: who they are, what they have ordered, and whether they may.
import { may, path, read, tagged } from './api.js';
import { confirm } from './dialog.js';
import { stateOf } from './goods.js';
import { badge, button, day, entitle, facts, fill, inWords, link, make, money, section, table, time } from './parts.js';

export const show = async ({ room, id }) => {
  const none = { items: [] };
  const look = async () => {
    const [{ it: c, tag }, orders, mails] = await Promise.all([
      tagged(`/customers/${id}`),
      may('orders:read') ? read(path('/orders', { customerId: id, limit: 10 })) : none,
      may('notifications:read') ? read(path('/notifications', { customerId: id, limit: 10 })) : none,
    ]);
    entitle(c.name, ' ', badge(c.status));
    fill(
      room,
      facts(
        ['E-mail address', `${c.email}${c.emailVerified ? '' : ' (not confirmed)'}`],
        ['Phone', c.phone],
        ['Language of mails', c.language],
        ['Since', day(c.createdAt)],
      ),
      may('customers:write') &&
        make(
          'p',
          { class: 'acts' },
          button('status', () => status(c, look), c.status === 'active' ? 'Suspend' : 'Reinstate'),
          button('erase', () => erase(c, tag), 'Erase'),
        ),
      may('orders:read') &&
        section(
          'Orders',
          table(
            'Their orders, the newest first',
            ['Order', 'Placed', 'State', '#Total'],
            orders.items.map((o) => [link(`/office/orders/${o.number}`, o.number), day(o.createdAt), badge(stateOf(o)), money(o.total)]),
            'None.',
          ),
          orders.nextCursor && link(path('/office/orders', { customer: id }), 'All of them'),
        ),
      may('notifications:read') &&
        section(
          'Mails',
          table(
            'Mails to them, the newest first',
            ['About', 'State', 'When'],
            mails.items.map((m) => [inWords(m.kind), badge(m.status), time(m.createdAt)]),
            'None.',
          ),
          mails.nextCursor && link(path('/office/mails', { customer: id }), 'All of them'),
        ),
    );
  };
  await look();
};

const status = (c, then) => {
  const suspends = c.status === 'active';
  confirm({
    title: suspends ? `Suspend ${c.name}` : `Reinstate ${c.name}`,
    go: suspends ? 'Suspend' : 'Reinstate',
    danger: suspends,
    then,
    done: suspends ? 'The customer is suspended.' : 'The customer is reinstated.',
    says: () =>
      suspends
        ? 'They are logged out at once, and neither log in nor order nor pay until they are reinstated. What they have ordered goes on.'
        : 'They may log in, order and pay again.',
    carry: (_, change) => change('PUT', `/customers/${c.id}/status`, { status: suspends ? 'disabled' : 'active' }),
  });
};

const erase = (c, match) =>
  confirm({
    title: `Erase ${c.name}`,
    go: 'Erase',
    danger: true,
    done: 'The customer is erased.',
    then: () => location.assign('/office/customers'),
    says: () =>
      'Their account ends, and what names them is erased for good. Their orders that are not paid are cancelled. This cannot be undone.',
    carry: (_, change) => change('DELETE', `/customers/${c.id}`, undefined, { match }),
  });
