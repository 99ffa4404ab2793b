// The way through the shop: which path shows what. Links within it change the page without loading it; a reload and the
// back button find it again.
import { base, isLoggedIn, kept, readCart } from './mart.js';
import { link, make, notice, title } from './dom.js';
import { products, product } from './catalogue.js';
import { cart } from './basket.js';
import { checkout } from './checkout.js';
import { order, orders } from './orders.js';
import { account } from './account.js';
import { forgotten, logIn, register, resetPassword, verifyEmail } from './people.js';

const paths = [
  [/^$/, products],
  [/^\/products\/([^/]+)$/, product],
  [/^\/cart$/, cart],
  [/^\/checkout$/, checkout],
  [/^\/orders$/, orders],
  [/^\/orders\/([^/]+)$/, order],
  [/^\/account$/, account],
  [/^\/log-in$/, logIn],
  [/^\/register$/, register],
  [/^\/forgotten$/, forgotten],
  [/^\/reset-password$/, resetPassword],
  [/^\/verify-email$/, verifyEmail],
];
const $ = (id) => document.getElementById(id);
// isNoAddress tells that what stands in the page's address can be nothing's id.
const isNoAddress = (problem) => problem.errors?.some((e) => e.location?.startsWith('path')) ?? false;
const notThere = () => [title('There is nothing here'), make('p', {}, link('', 'To the shop'))];

// show shows the page of the address. A page is called with what it needs, answers with its elements, and is told by
// gone when it is left.
let turn = 0,
  leave = new AbortController();
const show = async (how = 'came') => {
  const mine = ++turn;
  leave.abort();
  leave = new AbortController();
  const path = location.pathname.slice(base.length).replace(/\/$/, '');
  const [match, page] = paths.map(([pattern, view]) => [path.match(pattern), view]).find(([m]) => m) ?? [[], notThere];
  const waiting = setTimeout(
    () => $('main').replaceChildren(make('p', { className: 'waiting', role: 'status' }, 'One moment …')),
    250,
  );
  $('main').setAttribute('aria-busy', 'true');
  document.body.classList.toggle('buying', /^\/(checkout|orders\/)/.test(path)); // a phone has no room for the search then
  $('q').value = new URLSearchParams(location.search).get('q') ?? '';
  let inside;
  try {
    inside = await page({
      id: match[1] && decodeURIComponent(match[1]),
      query: new URLSearchParams(location.search),
      go,
      again: () => mine === turn && show('again'),
      gone: leave.signal,
    });
  } catch (problem) {
    inside =
      problem.status === 404 || isNoAddress(problem)
        ? notThere()
        : [
            title('That did not work'),
            notice(problem, make('p', {}, make('button', { type: 'button', onclick: () => show() }, 'Try again'))),
          ];
    if (problem.status === undefined) console.error(problem);
  }
  clearTimeout(waiting);
  if (mine !== turn || !inside) return; // somebody has gone on meanwhile
  $('main').replaceChildren(...inside);
  $('main').removeAttribute('aria-busy');
  const head = $('main').querySelector('h1');
  document.title = `${head?.textContent ?? 'Shop'} · Mart`;
  if (how === 'went') {
    scrollTo(0, 0);
    head?.focus({ preventScroll: true });
  } else if (how === 'back') scrollTo(0, history.state?.top ?? 0);
};

// go leads to another page of the shop; in place of this one where going back to this one would make no sense.
export const go = (to, { replace = false } = {}) => {
  history.replaceState({ ...history.state, top: scrollY }, '');
  history[replace ? 'replaceState' : 'pushState']({}, '', base + to);
  return show('went');
};
history.scrollRestoration = 'manual';
addEventListener('popstate', () => show('back'));
addEventListener('pageshow', (event) => {
  if (event.persisted) show('back');
}); // back from the bank's page, as it was left
document.addEventListener('click', (event) => {
  const a = event.target.closest?.('a[href]');
  if (!a || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || a.target) return;
  if (a.origin !== location.origin || (a.pathname !== base && !a.pathname.startsWith(`${base}/`))) return;
  event.preventDefault();
  if (a.hash) return document.querySelector(a.hash)?.focus(); // within the page
  go(a.pathname.slice(base.length) + a.search);
});
$('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const q = $('q').value.trim();
  go(q ? `?${new URLSearchParams({ q })}` : '');
});

// The head says how many things are in the cart, and whether somebody is logged in.
addEventListener('cart', ({ detail }) => {
  const n = detail?.status === 'open' ? detail.lines.reduce((sum, l) => sum + l.quantity, 0) : 0;
  $('count').textContent = n;
  $('count').hidden = !n;
  $('cart').setAttribute('aria-label', n ? `Cart, ${n} in it` : 'Cart, empty');
});
const who = () => {
  $('who').textContent = isLoggedIn() ? 'Account' : 'Log in';
  $('who').setAttribute('href', `${base}${isLoggedIn() ? '/account' : '/log-in'}`);
};
addEventListener('session', who);
addEventListener('storage', (event) => {
  if (event.key === 'shop.session') who();
});
who();
// The page itself says what is wrong.
if (kept('cart') && !/\/checkout$/.test(location.pathname)) readCart().catch(() => null);
show();
