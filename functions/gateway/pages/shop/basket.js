// The cart, and the way from it to an order. What anything costs is asked of the mart each time.
import { ask, get, isLoggedIn, orderBegun, orderCart, putInCart, readCart } from './mart.js';
import { choice, costs, field, form, link, make, many, money, notice, picture, title } from './dom.js';

const empty = () => [title('Your cart'), make('p', { className: 'empty' }, 'It is empty. ', link('', 'Look around'), '.')];
const pictureOf = async (line) => (await get(`/products/${line.productId}`).catch(() => null))?.imageUrl;

export const cart = async ({ go }) => {
  const box = make('div');
  const draw = async (held) => {
    if (!held?.lines.length) return box.replaceChildren(...empty());
    const pictures = await Promise.all(held.lines.map(pictureOf));
    const focused = document.activeElement?.id;
    box.replaceChildren(title('Your cart'), make('ul', { className: 'lines' }, held.lines.map((l, i) => line(l, pictures[i], change))),
      make('div', { className: 'to-pay' }, held.total ? make('p', { className: 'price' }, make('span', { className: 'quiet' }, 'Goods '), money(held.total)) : null,
        make('p', { className: 'quiet' }, 'Sending and taxes are added at the checkout, where you see them before you order.'),
        held.lines.some((l) => l.changes.includes('not_sold') || l.changes.includes('not_enough'))
          ? make('p', { className: 'problem' }, 'Some of it cannot be had as it is: change or take out what is marked.')
          : make('button', { type: 'button', className: 'main', onclick: () => go('/checkout') }, 'To the checkout')));
    document.getElementById(focused)?.focus();
  };
  const change = async (product, quantity) => {
    try {
      await draw(await putInCart(product, quantity));
    } catch (problem) {
      await draw(await readCart());
      box.append(notice(problem));
    }
  };
  await draw(await readCart());
  return [box];
};
const line = (l, image, change) => {
  const has = (what) => l.changes.includes(what);
  const id = `n-${l.productId}`;
  return make('li', {}, picture(image, l.name),
    make('div', {}, make('p', { className: 'name' }, link(`/products/${l.productId}`, l.name)),
      has('price') && l.unitPrice ? make('p', { className: 'changed' }, `It costs ${money(l.unitPrice)} now; it was ${money(l.seenPrice)} when you put it in. `,
        make('button', { type: 'button', className: 'plain', onclick: () => change(l.productId, l.quantity) }, 'All right')) : null,
      has('not_sold') ? make('p', { className: 'changed' }, 'It is not sold any more.') : null,
      has('not_enough') ? make('p', { className: 'changed' }, l.available ? `There are only ${l.available} left. ` : 'It is sold out. ',
        l.available ? make('button', { type: 'button', className: 'plain', onclick: () => change(l.productId, l.available) }, `Take ${l.available}`) : null) : null,
      make('p', { className: 'how-many' }, has('not_sold') ? null : [make('label', { for: id, className: 'unseen' }, `How many of ${l.name}`),
        make('input', { id, type: 'number', min: 1, max: 999, value: l.quantity, onchange: (e) => e.target.reportValidity() && change(l.productId, Number(e.target.value)) })],
        make('button', { type: 'button', className: 'plain', 'aria-label': `Take out ${l.name}`, onclick: () => change(l.productId, 0) }, 'Take out'))),
    make('p', { className: 'price' }, l.total ? money(l.total) : ''));
};

// What is written at the checkout is kept in this tab, so that a reload or a look back loses none of it.
const draft = () => JSON.parse(sessionStorage.getItem('shop.draft')) ?? {};
const keepDraft = (f) => sessionStorage.setItem('shop.draft', JSON.stringify(Object.fromEntries(new FormData(f))));
const days = ({ minDays, maxDays }) => (minDays === maxDays ? `In ${many(maxDays, 'day')}.` : `In ${minDays} to ${maxDays} days.`);
const withRegions = ['US', 'CA', 'AU', 'BR', 'IN', 'MX'];

export const checkout = async ({ go, gone }) => {
  const held = await readCart({ ordered: true });
  const begun = await orderBegun(held);
  if (begun) return void go(`/orders/${begun.id}`, { replace: true });
  if (held?.status === 'ordered') return void go(`/orders/${held.orderId}`, { replace: true });
  if (!held?.lines.length) return empty();
  const [methods, me, book] = await Promise.all([get('/shipping-methods?limit=100'),
    isLoggedIn() ? get('/customers/me', null) : null, isLoggedIn() ? get('/customers/me/addresses?limit=1', null) : null]);
  const was = draft(), known = book?.items[0] ?? {};
  const value = (name, otherwise = '') => was[name] ?? known[name.split('.').pop()] ?? otherwise;
  const names = new Intl.DisplayNames(undefined, { type: 'region' });
  const served = [...new Set(methods.items.flatMap((m) => m.zones.flatMap((z) => z.countries)))];
  const countries = (served.length ? served : ['GB', 'IE', 'PT', 'DE', 'FR', 'US']).map((c) => [c, names.of(c)]).sort((a, b) => a[1].localeCompare(b[1]));
  const ways = make('div', { className: 'ways', 'aria-live': 'polite' }), sum = make('div', { className: 'sum', 'aria-live': 'polite' });
  const button = make('button', { className: 'main' }, 'Place the order');
  const goods = make('ul', { className: 'short' });
  const list = (lines) => goods.replaceChildren(...lines.map((l) => make('li', {}, make('span', {}, `${l.quantity} × ${l.name}`), make('span', {}, l.total ? money(l.total) : 'not sold'))));
  let quote = null, chosen = null;
  list(held.lines);
  const at = (n, label, props = {}) => field(label, `shippingAddress.${n}`, { value: value(`shippingAddress.${n}`), required: true, maxLength: 200, ...props });
  const f = form((data) => place(data), { className: 'checkout' },
    make('div', {},
      make('section', {}, make('h2', {}, 'Who you are'), me
        ? make('p', {}, `${me.name}, ${me.email}`)
        : [make('p', { className: 'quiet' }, 'No account is needed. ', link('/log-in?next=/checkout', 'Log in'), ' if you have one.'),
          field('E-mail address', 'guest.email', { type: 'email', required: true, maxLength: 254, autocomplete: 'email', value: value('guest.email') })]),
      make('section', {}, make('h2', {}, 'Where it goes'),
        at('name', 'Name', { autocomplete: 'name', value: value('shippingAddress.name', me?.name) }), at('line1', 'Street and number', { autocomplete: 'address-line1' }),
        at('line2', 'What else it takes to find it', { autocomplete: 'address-line2', required: false }),
        make('div', { className: 'two' }, at('postalCode', 'Postal code', { autocomplete: 'postal-code' }), at('city', 'Town', { autocomplete: 'address-level2' })),
        choice('Country', 'shippingAddress.country', countries, value('shippingAddress.country', served.includes('GB') || !served.length ? 'GB' : served[0])),
        at('region', 'State or region, such as CA', { className: 'region', required: false, maxLength: 3 })),
      make('section', {}, make('h2', {}, 'How it is sent'), ways)),
    make('aside', {}, make('h2', {}, 'What you order'), goods, sum, button, make('div', { className: 'said' }), make('p', { className: 'quiet' }, 'You pay on the next page. Until then the goods are held for you.')));
  const address = (data) => {
    const of = Object.fromEntries([...data].filter(([n]) => n.startsWith('shippingAddress.')).map(([n, v]) => [n.slice(16), v.trim()]).filter(([, v]) => v));
    if (!withRegions.includes(of.country)) delete of.region;
    return of;
  };
  const take = (way) => {
    chosen = way;
    sum.replaceChildren(way ? costs(way) : '');
    button.textContent = way ? `Place the order · ${money(way.total)}` : 'Place the order';
  };
  const offer = (now) => {
    const before = chosen;
    quote = now;
    list(now.lines);
    take(now.choices.find((c) => c.shippingMethodId === before?.shippingMethodId) ?? now.choices[0] ?? null);
    ways.replaceChildren(...(now.choices.length ? now.choices.map((c) => make('label', {}, make('input', { type: 'radio', name: 'way', checked: c === chosen, onchange: () => take(c) }),
      make('span', {}, make('strong', {}, c.name ?? 'As usual'), make('span', { className: 'quiet' }, [c.description, c.delivery && days(c.delivery)].filter(Boolean).join(' '))),
      make('span', {}, c.charges[0]?.amount.amount ? money(c.charges[0].amount) : 'Free'))) : [make('p', { className: 'problem' }, 'Nothing goes there. Try another address.')]));
    return before;
  };
  let asking = 0;
  const requote = async () => {
    const mine = ++asking, { country, region, postalCode } = address(new FormData(f));
    f.querySelector('.region').hidden = !withRegions.includes(country);
    if (!postalCode) return void (take(null), ways.replaceChildren(make('p', { className: 'quiet' }, 'Say where it goes, and here stands how and for how much.')));
    try {
      const now = await ask('/quotes', { lines: held.lines.map(({ productId, quantity }) => ({ productId, quantity })), destination: { country, postalCode, ...(region && { region }) } });
      if (mine === asking) offer(now);
    } catch (problem) {
      if (mine !== asking) return;
      take(null);
      ways.replaceChildren(notice(problem, problem.errors?.some((e) => e.location?.includes('lines')) ? make('p', {}, link('/cart', 'To the cart')) : null));
    }
  };
  const place = async (data) => {
    if (!chosen) await requote();
    if (!chosen) throw { detail: 'There is no way to send it there yet: look at the address and at how it is sent.' };
    const shippingAddress = address(data);
    const body = { quote: chosen.quote, shippingAddress, ...(!me && { guest: { email: data.get('guest.email').trim(), name: shippingAddress.name } }) };
    try {
      const order = await orderCart(held, body);
      dispatchEvent(new CustomEvent('cart', { detail: null }));
      await go(`/orders/${order.id}`);
    } catch (problem) {
      if (problem.code === 'cart_ordered') return go(`/orders/${(await readCart({ ordered: true }))?.orderId}`, { replace: true });
      if (problem.code === 'cart_changed') return go('/cart');
      if (!problem.quote) throw problem;
      const before = offer(problem.quote);
      throw { ...problem, detail: `${problem.detail.split('.')[0]}. ${chosen ? `It was ${money(before.total)}, and is ${money(chosen.total)} now. Nothing was ordered: order again if that is fine.` : 'Nothing was ordered.'}` };
    }
  };
  f.addEventListener('input', () => keepDraft(f));
  f.addEventListener('change', (event) => { if (/country|region|postalCode/.test(event.target.name)) requote(); });
  const renewal = setInterval(() => { if (quote && Date.parse(quote.validUntil) < Date.now()) requote(); }, 30_000); // a quote holds for a while
  gone.addEventListener('abort', () => clearInterval(renewal));
  await requote();
  return [title('Checkout'), f];
};
