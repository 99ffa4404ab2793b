// Who works here, and what they may do. Only owners come here; the mart keeps the last of them an owner.
import { every, who } from './api.js';
import { badge } from './parts.js';
import { shelf } from './things.js';

export const roles = ['owner', 'catalog', 'orders', 'support', 'viewer'];
export const allows = {
  owner: 'All of it, and the accounts of staff.',
  catalog: 'Products, prices, stock, shipping and taxes.',
  orders: 'Orders, payments, refunds and mails.',
  support: 'Customers, mails, the journal; reads orders.',
  viewer: 'Reads orders, stock, customers and mails.',
};
const states = [
  ['active', 'active'],
  ['disabled', 'suspended'],
];

export const show = shelf({
  at: '/users',
  one: 'colleague',
  many: 'Staff',
  start: 'Invite a colleague',
  go: 'Invite',
  removing: 'Remove',
  made: 'The invitation is on its way.',
  removed: 'They are removed.',
  taken: { email_taken: 'email', last_owner: 'roles' },
  load: async () => ({ all: await every('/users') }),
  heads: ['Name', 'E-mail address', 'Roles', 'State'],
  row: (u) => [
    u.email === who() ? `${u.name} (you)` : u.name,
    u.email,
    u.roles.join(', '),
    badge(u.status === 'disabled' ? 'suspended' : u.status),
  ],
  fields: (_, it) => [
    { name: 'name', label: 'Name', required: true, attributes: { maxlength: 120 } },
    { name: 'email', label: 'E-mail address', required: true, attributes: { type: 'email', maxlength: 254 } },
    { name: 'roles', label: 'Roles', kind: 'several', required: true, choices: roles.map((r) => [r, r, allows[r]]) },
    ...(it ? [{ name: 'status', label: 'State', kind: 'choice', choices: states, hint: 'Who is suspended cannot log in.' }] : []),
  ],
  says: (u, _, it) => {
    if (!it) return 'A mail goes to that address with a link, good for 72 hours, by which they choose a password.';
    const ends = u.status !== it.status || u.roles.join() !== it.roles.join();
    return ends ? 'Their log-ins end; what they may do from now on goes by this.' : 'Their log-ins stay.';
  },
  gone: 'They are logged out and cannot log in any more. The journal keeps what they did. This cannot be undone.',
});
