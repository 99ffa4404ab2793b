// The cart. What anything costs is asked of the mart each time.
import { putInCart, readCart } from './mart.js';
import { link, make, money, notice, picture, sums, title } from './dom.js';

export const empty = () => [
  title('Your cart'),
  make('p', { className: 'empty' }, 'It is empty. ', link('', 'Look around'), '.'),
];

export const cart = async ({ go }) => {
  const box = make('div');
  const draw = async (held) => {
    if (!held?.lines.length) return box.replaceChildren(...empty());
    const focused = document.activeElement?.id;
    box.replaceChildren(
      title('Your cart'),
      make(
        'div',
        { className: 'basket' },
        make(
          'ul',
          { className: 'lines' },
          held.lines.map((l) => line(l, change)),
        ),
        toPay(held, go),
      ),
    );
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
const toPay = (held, go) =>
  make(
    'div',
    { className: 'to-pay' },
    held.total ? sums([['Goods', money(held.total), true]]) : null,
    make('p', { className: 'quiet' }, 'What it costs to send, and which taxes there are, you see at the checkout, before you order.'),
    held.lines.some((l) => l.changes.includes('not_sold') || l.changes.includes('not_enough'))
      ? make('p', { className: 'problem' }, 'Some of it cannot be had as it is: change or take out what is marked.')
      : make('button', { type: 'button', className: 'main', onclick: () => go('/checkout') }, 'To the checkout'),
    make('p', {}, link('', 'Look for more')),
  );
const line = (l, change) => {
  const has = (what) => l.changes.includes(what);
  const id = `n-${l.productId}`;
  return make(
    'li',
    {},
    picture(l.imageUrl, l.name),
    make(
      'div',
      {},
      make('p', { className: 'name' }, link(`/products/${l.productId}`, l.name)),
      has('price') && l.unitPrice
        ? make(
            'p',
            { className: 'changed' },
            `It costs ${money(l.unitPrice)} now; it was ${money(l.seenPrice)} when you put it in. `,
            make(
              'button',
              { type: 'button', className: 'plain', onclick: () => change(l.productId, l.quantity) },
              'All right',
            ),
          )
        : null,
      has('not_sold') ? make('p', { className: 'changed' }, 'It is not sold any more.') : null,
      has('not_enough')
        ? make(
            'p',
            { className: 'changed' },
            l.available ? `There are only ${l.available} left. ` : 'It is sold out. ',
            l.available
              ? make(
                  'button',
                  { type: 'button', className: 'plain', onclick: () => change(l.productId, l.available) },
                  `Take ${l.available}`,
                )
              : null,
          )
        : null,
      make(
        'p',
        { className: 'how-many' },
        has('not_sold')
          ? null
          : [
              make('label', { for: id, className: 'unseen' }, `How many of ${l.name}`),
              make('input', {
                id,
                type: 'number',
                min: 1,
                max: 999,
                value: l.quantity,
                onchange: (e) => e.target.reportValidity() && change(l.productId, Number(e.target.value)),
              }),
            ],
        make(
          'button',
          {
            type: 'button',
            className: 'plain',
            'aria-label': `Take out ${l.name}`,
            onclick: () => change(l.productId, 0),
          },
          'Take out',
        ),
      ),
    ),
    make('p', { className: 'price' }, l.total ? money(l.total) : ''),
  );
};
