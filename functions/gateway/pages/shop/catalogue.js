// What there is: the list, and one thing in its sizes and colours.
import { all, get, putInCart, readCart } from './mart.js';
import { form, link, make, many, money, picture, title } from './dom.js';

const said = (text) => {
  document.getElementById('said').textContent = text;
};

// products is the list, of all or of what is looked for; each family stands once in it.
export const products = async ({ query }) => {
  const q = query.get('q') ?? '',
    category = query.get('category') ?? '',
    sort = query.get('sort') ?? '';
  const first = new URLSearchParams({
    group: 'family',
    limit: '24',
    ...(q && { q }),
    ...(category && { categoryId: category }),
    ...(sort && { sort }),
  });
  const [page, categories] = await Promise.all([get(`/products?${first}`), all('/categories?limit=100')]);
  const grid = make('ul', { className: 'grid' });
  const more = make('button', { type: 'button', className: 'more' }, 'Show more');
  let next;
  const add = (found) => {
    grid.append(...found.items.map(card));
    next = found.nextCursor;
    more.hidden = !next;
  };
  add(page);
  more.addEventListener('click', async () => {
    more.disabled = true;
    const seen = grid.children.length;
    add(await get(`/products?${first}&cursor=${encodeURIComponent(next)}`));
    more.disabled = false;
    grid.children[seen]?.querySelector('a').focus();
  });
  const to = (change) => {
    const all = new URLSearchParams(Object.entries({ q, category, sort, ...change }).filter(([, value]) => value));
    return all.size ? `?${all}` : '';
  };
  const chosen = categories.find((c) => c.id === category),
    found = chosen?.name;
  if (q) said(page.items.length ? `${page.items.length} found for ${q}` : `Nothing found for ${q}`);
  return [
    q || found
      ? title(q ? `“${q}”${found ? ` in ${found}` : ''}` : found)
      : make(
          'div',
          { className: 'welcome' },
          title('Good things, made to stay'),
          make('p', { className: 'lead' }, 'For the kitchen, the table and the road.'),
        ),
    make(
      'div',
      { className: 'filters' },
      make(
        'nav',
        { 'aria-label': 'Categories' },
        tree(categories, chosen, (id) => to({ category: id })),
      ),
      make(
        'p',
        { className: 'sort' },
        'Sort: ',
        [
          ['', q ? 'Best' : 'Newest'],
          ['price', 'Cheapest'],
          ['name', 'A–Z'],
        ].map(([by, text]) => Object.assign(link(to({ sort: by }), text), sort === by ? { ariaCurrent: 'true' } : {})),
      ),
    ),
    page.items.length
      ? grid
      : make(
          'p',
          { className: 'empty' },
          q ? `Nothing is called that. Try fewer or other words, or look at ` : 'There is nothing here yet. Look at ',
          link('', 'everything'),
          '.',
        ),
    more,
  ];
};
// tree is the categories, level by level: those at the top, and below each that leads to the chosen one what it has
// within it.
const tree = (categories, chosen, to) => {
  const way = chosen?.path.map((p) => p.id) ?? [];
  const chip = (text, id) => {
    const here = id === (chosen?.id ?? ''),
      within = !here && way.includes(id);
    return make(
      'li',
      {},
      Object.assign(link(to(id), text), here ? { ariaCurrent: 'true' } : {}, within ? { className: 'within' } : {}),
    );
  };
  return ['', ...way].map((parent) => {
    const below = categories.filter((c) => (c.parentId ?? '') === parent).map((c) => chip(c.name, c.id));
    return below.length ? make('ul', { className: 'chips' }, parent ? null : chip('Everything', ''), below) : null;
  });
};
const card = (p) => {
  const name = p.family?.name ?? p.name,
    prices = p.family?.prices.find((r) => r.min.currency === p.price.currency);
  const from = prices && prices.min.amount !== prices.max.amount;
  const has = (p.family?.options ?? [])
    .filter((o) => o.values.length > 1)
    .map((o) => many(o.values.length, o.name))
    .join(', ');
  return make(
    'li',
    {},
    link(
      `/products/${p.id}`,
      picture(p.family?.imageUrl ?? p.imageUrl, name),
      make('span', { className: 'name' }, name),
      make(
        'span',
        { className: 'price' },
        from ? `from ${money(prices.min)}` : money(p.price),
        p.was && !p.family ? make('s', {}, money(p.was)) : null,
      ),
      (p.family ? p.family.inStock : p.available > 0)
        ? make('span', { className: 'quiet' }, has)
        : make('span', { className: 'out' }, 'Sold out'),
    ),
  );
};

// product is one of them. Of a family each option is a link to the product that has it, so that a choice has an
// address.
export const product = async ({ id, again }) => {
  const p = await get(`/products/${encodeURIComponent(id)}`);
  const [family, brothers, brand] = await Promise.all([
    p.familyId ? get(`/families/${p.familyId}`) : null,
    p.familyId
      ? get(`/products?limit=100&familyId=${p.familyId}`).then((page) =>
          page.items.filter((one) => one.familyId === p.familyId),
        )
      : [],
    p.brandId ? get(`/brands/${p.brandId}`).catch(() => null) : null,
  ]);
  const left = p.available;
  const quantity = make('input', {
    type: 'number',
    name: 'quantity',
    id: 'f-quantity',
    min: 1,
    max: Math.min(left, 99),
    value: 1,
    required: true,
  });
  const done = make('p', { className: 'done', role: 'status' });
  const put = form(
    async (data) => {
      const cart = await putInCart(p.id, (await already(p.id)) + Number(data.get('quantity')));
      const mine = cart.lines.find((l) => l.productId === p.id);
      done.replaceChildren(`${mine.quantity} in your cart. `, link('/cart', 'To the cart'));
      if (mine.changes.includes('not_enough')) done.append(` There are only ${mine.available} left.`);
    },
    { className: 'put' },
    make('label', { for: 'f-quantity' }, 'How many'),
    quantity,
    make('button', { className: 'main' }, 'Put into the cart'),
  );
  return [
    make(
      'article',
      { className: 'product' },
      make('div', { className: 'large' }, picture(p.imageUrl, p.name, p.name)),
      make(
        'div',
        {},
        brand ? make('p', { className: 'brand' }, brand.name) : null,
        title(p.name),
        make('p', { className: 'price' }, money(p.price), p.was ? make('s', {}, money(p.was)) : null),
        p.lowestPrior
          ? make('p', { className: 'quiet' }, `Lowest price of the 30 days before: ${money(p.lowestPrior)}`)
          : null,
        make('p', { className: 'story' }, p.description ?? family?.description ?? ''),
        (family?.options ?? []).map((o) => options(o, p, brothers)),
        left > 0
          ? put
          : make(
              'p',
              { className: 'out' },
              'Sold out. ',
              make('button', { type: 'button', className: 'plain', onclick: again }, 'Look again'),
            ),
        left > 0 ? done : null,
        make(
          'p',
          { className: 'quiet' },
          left > 0 ? (left < 6 ? `Only ${left} left.` : 'In stock.') : null,
          ` ${p.sku}`,
        ),
      ),
    ),
  ];
};
const already = async (product) => (await readCart())?.lines.find((l) => l.productId === product)?.quantity ?? 0;
const options = (option, p, brothers) => {
  const of = (value) => {
    const wanted = { ...p.options, [option.name]: value };
    return (
      brothers.find((b) => Object.entries(wanted).every(([name, is]) => b.options?.[name] === is)) ??
      brothers.find((b) => b.options?.[option.name] === value)
    );
  };
  return make(
    'div',
    { className: 'options', role: 'group', 'aria-label': option.name },
    make('p', {}, option.name[0].toUpperCase() + option.name.slice(1)),
    make(
      'ul',
      {},
      option.values.map((value) => {
        const other = of(value),
          chosen = p.options?.[option.name] === value;
        if (!other) return make('li', {}, make('span', { className: 'none' }, value));
        const to = Object.assign(
          link(`/products/${other.id}`, value, other.available ? '' : make('span', { className: 'out' }, ' sold out')),
          chosen ? { ariaCurrent: 'true' } : {},
        );
        return make('li', {}, to);
      }),
    ),
  );
};
