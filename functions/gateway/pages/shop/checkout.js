// The way from the cart to an order. What it costs is quoted by the mart for the place it goes to, and ordered as
// quoted.
import { all, ask, get, isLoggedIn, orderBegun, orderCart, readCart } from './mart.js';
import { atFields, choice, costs, fault, field, form, link, make, many, money, notice, title } from './dom.js';
import { addressFields, addressOf, served, showRegion } from './address.js';
import { empty } from './basket.js';

// What is written at the checkout is kept in this tab, so that a reload or a look back loses none of it.
const within = 'shippingAddress.';
const draft = () => JSON.parse(sessionStorage.getItem('shop.draft')) ?? {};
const keepDraft = (f) => sessionStorage.setItem('shop.draft', JSON.stringify(Object.fromEntries(new FormData(f))));
const addressIn = (written) => {
  const of = Object.entries(written).filter(([name]) => name.startsWith(within));
  return Object.fromEntries(of.map(([name, value]) => [name.slice(within.length), value]));
};

export const checkout = async ({ go, gone }) => {
  const held = await readCart({ ordered: true });
  const begun = await orderBegun(held);
  if (begun) return void go(`/orders/${begun.id}`, { replace: true });
  if (held?.status === 'ordered') return void go(`/orders/${held.orderId}`, { replace: true });
  if (!held?.lines.length) return empty();
  const [countries, me, book] = await Promise.all([
    served(),
    isLoggedIn() ? get('/customers/me', null) : null,
    isLoggedIn() ? all('/customers/me/addresses?limit=50', null) : [],
  ]);
  const was = { name: me?.name, ...book[0], ...addressIn(draft()) };
  const goods = make('ul', { className: 'short' }),
    said = make('div', { className: 'said' });
  const ways = make('div', { className: 'ways', 'aria-live': 'polite' });
  const sum = make('div', { className: 'sum', 'aria-live': 'polite' });
  const button = make('button', { className: 'main' }, 'Place the order');
  const f = form(
    (data) => place(data),
    { className: 'checkout' },
    make(
      'div',
      {},
      make('section', {}, make('h2', {}, 'Who you are'), whoYouAre(me)),
      make(
        'section',
        {},
        make('h2', {}, 'Where it goes'),
        fromBook(book, (address) => write(address)),
        addressFields(countries, within, was),
      ),
      make('section', {}, make('h2', {}, 'How it is sent'), ways),
    ),
    make(
      'aside',
      {},
      make('h2', {}, 'What you order'),
      goods,
      sum,
      button,
      said,
      make('p', { className: 'quiet' }, 'You pay on the next page. Until then the goods are held for you.'),
    ),
  );

  // write puts an address of the book into the fields.
  const write = (address) => {
    for (const input of f.querySelectorAll(`[name^="${within}"]`)) {
      const value = address[input.name.slice(within.length)] ?? '';
      if (input.options && ![...input.options].some((o) => o.value === value)) input.add(new Option(value));
      input.value = value;
    }
    keepDraft(f);
    return requote();
  };
  const list = (lines) =>
    goods.replaceChildren(
      ...lines.map((l) =>
        make(
          'li',
          {},
          make('span', {}, `${l.quantity} × ${l.name}`),
          make('span', {}, l.total ? money(l.total) : 'not sold'),
        ),
      ),
    );
  let quote = null,
    chosen = null;
  const take = (way) => {
    chosen = way;
    sum.replaceChildren(way ? costs(way) : '');
    button.textContent = way ? `Place the order · ${money(way.total)}` : 'Place the order';
  };
  const offer = (now) => {
    const before = chosen;
    quote = now;
    said.replaceChildren(); // what was refused is not what is offered now
    list(now.lines);
    take(now.choices.find((c) => c.shippingMethodId === before?.shippingMethodId) ?? now.choices[0] ?? null);
    ways.replaceChildren(...now.choices.map((c) => wayToSend(c, c === chosen, take)));
    if (!now.choices.length)
      ways.append(make('p', { className: 'problem' }, 'Nothing goes there. Try another address.'));
    return before;
  };
  // refused shows why there is no quote: what is wrong with the address stands at its fields.
  const places = ['country', 'region', 'postalCode'].map((name) => within + name);
  const atField = (member) => member?.replace(/^destination\./, within);
  let refusal = null;
  const refused = (problem) => {
    take(null);
    const errors = problem.errors ?? [],
      rest = atFields(f, errors, atField);
    if (errors.length && !rest.length) {
      refusal = { errors: errors.map((e) => ({ ...e, location: atField(e.location.replace(/^body\./, '')) })) };
      return ways.replaceChildren(
        make('p', { className: 'quiet' }, 'Mend the address above to see how it can be sent and what that costs.'),
      );
    }
    const ofCart = errors.some((e) => e.location?.includes('lines'));
    ways.replaceChildren(
      notice({ ...problem, errors: rest }, ofCart ? make('p', {}, link('/cart', 'To the cart')) : null),
    );
  };
  let asking = 0;
  const requote = async () => {
    const mine = ++asking,
      { country, region, postalCode } = addressOf(new FormData(f), within);
    showRegion(f, country);
    for (const name of places) fault(f.elements[name], '');
    refusal = null;
    if (!postalCode) {
      take(null);
      return ways.replaceChildren(
        make('p', { className: 'quiet' }, 'Enter the address to see how it can be sent and what that costs.'),
      );
    }
    try {
      const lines = held.lines.map(({ productId, quantity }) => ({ productId, quantity }));
      const now = await ask('/quotes', { lines, destination: { country, postalCode, ...(region && { region }) } });
      if (mine === asking) offer(now);
    } catch (problem) {
      if (mine === asking) refused(problem);
    }
  };
  const place = async (data) => {
    if (!chosen) await requote();
    if (!chosen) throw refusal ?? { detail: 'There is no way to send it there yet: look at the address and at how it is sent.' };
    const shippingAddress = addressOf(data, within);
    const guest = me ? {} : { guest: { email: data.get('guest.email').trim(), name: shippingAddress.name } };
    try {
      const order = await orderCart(held, { quote: chosen.quote, shippingAddress, ...guest });
      dispatchEvent(new CustomEvent('cart', { detail: null }));
      await go(`/orders/${order.id}`);
    } catch (problem) {
      if (problem.code === 'cart_ordered')
        return go(`/orders/${(await readCart({ ordered: true }))?.orderId}`, { replace: true });
      if (problem.code === 'cart_changed') return go('/cart');
      if (!problem.quote && problem.status && problem.code !== 'invalid') await requote(); // what was offered is not to be had as it was
      if (!problem.quote) throw problem;
      const before = offer(problem.quote);
      throw { ...problem, detail: differs(before, chosen) };
    }
  };
  f.addEventListener('input', (event) => {
    keepDraft(f);
    // What was refused of an address that is being mended is not so of the next one.
    if (/country|region|postalCode/.test(event.target.name)) ways.querySelector('.problem')?.remove();
  });
  f.addEventListener('change', (event) => {
    if (/country|region|postalCode/.test(event.target.name)) requote();
  });
  const renewal = setInterval(() => {
    if (quote && Date.parse(quote.validUntil) < Date.now()) requote();
  }, 30_000); // it holds for a while
  gone.addEventListener('abort', () => clearInterval(renewal));
  list(held.lines);
  await requote();
  return [title('Checkout'), f];
};

const whoYouAre = (me) =>
  me
    ? make('p', {}, `${me.name}, ${me.email}`)
    : [
        make(
          'p',
          { className: 'quiet' },
          'No account is needed. ',
          link('/log-in?next=/checkout', 'Log in'),
          ' if you have one.',
        ),
        field('E-mail address', 'guest.email', {
          type: 'email',
          required: true,
          maxLength: 254,
          autocomplete: 'email',
          value: draft()['guest.email'] ?? '',
        }),
      ];

// fromBook is the addresses that somebody keeps, of which one is written into the fields; nothing where there is no
// choice.
const fromBook = (book, write) => {
  if (book.length < 2) return null;
  const options = [['', 'The address below'], ...book.map((a, i) => [String(i), [a.name, a.line1, a.city].join(', ')])];
  const onchange = (event) => event.target.value && write(book[event.target.value]);
  return choice('From your address book', '', options, draft()[`${within}line1`] ? '' : '0', { onchange });
};

const days = ({ minDays, maxDays }) =>
  minDays === maxDays ? `In ${many(maxDays, 'day')}.` : `In ${minDays} to ${maxDays} days.`;
const wayToSend = (c, checked, take) =>
  make(
    'label',
    {},
    make('input', { type: 'radio', name: 'way', checked, onchange: () => take(c) }),
    make(
      'span',
      {},
      make('strong', {}, c.name ?? 'Standard'),
      make('span', { className: 'quiet' }, [c.description, c.delivery && days(c.delivery)].filter(Boolean).join(' ')),
    ),
    make('span', {}, c.charges[0]?.amount.amount ? money(c.charges[0].amount) : 'Free'),
  );

// differs is what a buyer is told of an offer that does not hold any more.
const differs = (before, now) => {
  if (!now) return 'It cannot be sent there any more. Nothing was ordered.';
  if (before.total.amount === now.total.amount)
    return 'The offer had run out. It is the same again, and nothing was ordered yet: order once more.';
  return `It was ${money(before.total)}, and is ${money(now.total)} now. Nothing was ordered: order again if that is fine.`;
};
