// The way in, and which room an address is. Each room is a module that is fetched when somebody goes there.
import { enter, leave, LoggedOut, loggedIn, may, Refusal, who } from './api.js';
import { entitle, link, make, say } from './parts.js';

const $ = (id) => document.getElementById(id);
const rooms = [
  { at: '', title: 'What waits', nav: 'What waits', group: 'Selling', load: () => import('./home.js') },
  { at: 'orders', title: 'Orders', nav: 'Orders', group: 'Selling', needs: 'orders:read', load: () => import('./orders.js') },
  { at: 'orders/', title: 'Order', needs: 'orders:read', load: () => import('./order.js') },
  { at: 'returns', title: 'Returns', nav: 'Returns', group: 'Selling', needs: 'orders:read', load: () => import('./returns.js') },
  { at: 'customers', title: 'Customers', nav: 'Customers', group: 'Selling', needs: 'customers:read', load: () => import('./customers.js') },
  { at: 'customers/', title: 'Customer', needs: 'customers:read', load: () => import('./customer.js') },
  { at: 'products', title: 'Products', nav: 'Products', group: 'Catalogue', load: () => import('./products.js') },
  { at: 'products/', title: 'Product', load: () => import('./product.js') },
  { at: 'stock', title: 'Stock', nav: 'Stock', group: 'Catalogue', needs: 'stock:read', load: () => import('./stock.js') },
  { at: 'stock/', title: 'Stock', needs: 'stock:read', load: () => import('./movements.js') },
  { at: 'families', title: 'Families', nav: 'Families', group: 'Catalogue', needs: 'catalog:write', load: () => import('./families.js') },
  { at: 'brands', title: 'Brands', nav: 'Brands', group: 'Catalogue', needs: 'catalog:write', load: () => import('./brands.js') },
  { at: 'categories', title: 'Categories', nav: 'Categories', group: 'Catalogue', needs: 'catalog:write', load: () => import('./categories.js') },
  { at: 'shipping-methods', title: 'Shipping', nav: 'Shipping', group: 'Costs', needs: 'shipping:write', load: () => import('./shipping.js') },
  { at: 'tax-rates', title: 'Taxes', nav: 'Taxes', group: 'Costs', needs: 'taxes:write', load: () => import('./taxes.js') },
  { at: 'mails', title: 'Mails', nav: 'Mails', group: 'Running it', needs: 'notifications:read', load: () => import('./mails.js') },
  { at: 'dead-letters', title: 'Dead letters', nav: 'Dead letters', group: 'Running it', needs: 'dead-letters:read', load: () => import('./deadletters.js') },
  { at: 'dead-letters/', title: 'Dead letter', needs: 'dead-letters:read', load: () => import('./deadletter.js') },
  { at: 'sources', title: 'Sources', nav: 'Sources', group: 'Running it', needs: 'journal:read', load: () => import('./sources.js') },
  { at: 'staff', title: 'Staff', nav: 'Staff', group: 'Running it', needs: 'users:write', load: () => import('./staff.js') },
  { at: 'account', title: 'Your account', load: () => import('./account.js') },
  { at: 'forgotten', title: 'A new password', open: true, load: () => import('./forgotten.js') },
  { at: 'reset-password', title: 'Your password', open: true, load: () => import('./reset.js') },
];
const [, , noun = '', id = ''] = location.pathname.split('/');
const room = rooms.find((r) => r.at === (id ? `${noun}/` : noun));

// The rooms stand beside what somebody came for. Where there is no room for both they are behind a button beside the mart's name.
const menu = () => {
  $('main').before($('rooms'));
  const opener = make(
    'button',
    { type: 'button', id: 'menu', 'aria-expanded': 'false', 'aria-controls': 'rooms-list', click: () => unfold(!unfolded()) },
    'Menu',
  );
  $('rooms').replaceChildren(opener, make('div', { id: 'rooms-list' }, places(), leaver()));
  $('rooms').hidden = false;
};
const unfolded = () => $('menu')?.getAttribute('aria-expanded') === 'true';
const unfold = (is) => $('menu')?.setAttribute('aria-expanded', String(is));
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !unfolded()) return;
  unfold(false);
  $('menu').focus();
});
addEventListener('click', (event) => unfolded() && !$('rooms').contains(event.target) && unfold(false));

const places = () => {
  const open = rooms.filter((r) => r.nav && (!r.needs || may(r.needs)));
  return [...new Set(open.map((r) => r.group))].map((group, i) =>
    make(
      'div',
      {},
      make('p', { id: `rooms-${i}`, class: 'group' }, group),
      make('ul', { 'aria-labelledby': `rooms-${i}` }, open.filter((r) => r.group === group).map(place)),
    ),
  );
};
const currently = (at) => (at === noun ? (id ? 'true' : 'page') : undefined);
const place = (r) =>
  make('li', {}, make('a', { href: r.at ? `/office/${r.at}` : '/office', 'aria-current': currently(r.at) }, r.nav));
const leaver = () =>
  make(
    'p',
    { class: 'you' },
    make('a', { href: '/office/account', 'aria-current': currently('account') }, 'Your account', make('small', { title: who() }, who())),
    make('button', { type: 'button', id: 'leave', class: 'plain', click: () => out('') }, 'Log out'),
  );
const out = (why) => {
  leave();
  $('dialog')?.close(); // what was to be done is not
  $('rooms').hidden = true;
  $('room').replaceChildren();
  door(why);
};
const door = (why) => {
  entitle('Office');
  $('enter').hidden = false;
  say(why);
  $('email').focus();
};
const begin = async () => {
  if (!room) return nothing();
  if (!room.open && !loggedIn()) return door('');
  $('enter').hidden = true;
  say('');
  if (!room.open) menu();
  entitle(room.title);
  if (room.needs && !may(room.needs)) return say(`This account may not see it: that takes the permission ${room.needs}.`);
  $('room').replaceChildren(make('p', { class: 'quiet', role: 'status' }, 'Loading…'));
  try {
    const { show } = await room.load();
    await show({ room: $('room'), id: decodeURIComponent(id), query: new URLSearchParams(location.search) });
    document.body.dataset.shown = ''; // for whoever waits for it
  } catch (fault) {
    failed(fault);
  }
};
const nothing = () => {
  if (loggedIn()) menu();
  entitle('There is nothing here');
  $('room').replaceChildren(make('p', {}, link('/office', 'To the office')));
  document.body.dataset.shown = '';
};
const failed = (fault) => {
  if (fault instanceof LoggedOut) return out(fault.message);
  $('room').replaceChildren(make('p', {}, id ? link(`/office/${noun}`, `All ${noun.replace('-', ' ')}`) : link(location.pathname, 'Start again')));
  say(fault instanceof Refusal ? fault.message : 'Something on this page went wrong. Load it again.');
  if (!(fault instanceof Refusal)) throw fault;
};
// What fails later, when nobody waits for it: a log-in that ended while somebody read.
addEventListener('unhandledrejection', (event) => {
  if (!(event.reason instanceof LoggedOut) && !(event.reason instanceof Refusal)) return;
  event.preventDefault();
  if (event.reason instanceof LoggedOut) out(event.reason.message);
  else say(event.reason.message);
});
// On the way back a browser may show a page as it was left: to nobody who has logged out since.
addEventListener('pageshow', (event) => event.persisted && !loggedIn() && out(''));

$('enter').addEventListener('submit', async (event) => {
  event.preventDefault();
  say('');
  try {
    await enter($('email').value.trim(), $('password').value);
    $('password').value = '';
    await begin();
    $('title').focus();
  } catch (refused) {
    if (!(refused instanceof Refusal)) throw refused;
    say(refused.message);
  }
});
begin();
