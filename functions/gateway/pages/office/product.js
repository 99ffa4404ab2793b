// One product: what customers read, what it costs and has cost. Whoever changes it says which version they have read; when somebody else was
// quicker, they are shown what it is now.
import { may, path, read, tagged } from './api.js';
import { confirm } from './dialog.js';
import { badge, button, day, entitle, facts, field, fill, link, make, minor, money, plain, section, table } from './parts.js';
import { states } from './products.js';

export const show = async ({ room, id }) => {
  const look = async () => {
    const [{ it: p, tag }, prices] = await Promise.all([
      tagged(`/products/${id}`),
      may('catalog:write') ? read(`/products/${id}/prices`) : null,
    ]);
    entitle(p.name, ' ', badge(p.status));
    fill(
      room,
      facts(
        ['SKU', make('code', {}, p.sku)],
        ['Price', money(p.price), p.was && ` (was ${money(p.was)})`],
        ['Can be sold', String(p.available)],
        ['Tax class', p.taxClass],
        ['Weight', p.weightGrams ? `${p.weightGrams} g` : ''],
      ),
      p.description && make('p', { class: 'words' }, p.description),
      make(
        'p',
        { class: 'acts' },
        may('catalog:write') && button('edit', () => edit(p, tag, look), 'Change'),
        may('stock:read') && link(`/office/stock/${p.id}`, 'Its stock'),
        may('orders:read') && link(path('/office/orders', { product: p.id }), 'Orders with it'),
      ),
      prices &&
        section(
          'What it has cost',
          table(
            'Prices, the last first',
            ['Since', 'Shown to customers', '#Price'],
            prices.items.map((h) => [day(h.since), h.offered ? 'yes' : 'no', money(h.price)]),
          ),
          prices.nextCursor && make('p', { class: 'quiet' }, 'There are older ones.'),
        ),
    );
  };
  await look();
};

const edit = (read, tag, then) => {
  const { currency } = read.price;
  let p = read,
    match = tag,
    quicker = false;
  const name = field('Name', { name: 'name', required: true, value: p.name, autocomplete: 'off' });
  const cost = field(`Price in ${currency}`, {
    name: 'price',
    required: true,
    inputmode: 'decimal',
    value: plain(p.price),
    autocomplete: 'off',
  });
  const state = field('State', { name: 'status', value: p.status, hint: 'Only what is published is shown and sold.' }, states);
  const price = (v) => minor(v.price, currency);
  const changed = (v) => ({
    ...(v.name.trim() !== p.name && { name: v.name.trim() }),
    ...(price(v) !== p.price.amount && { price: { amount: price(v), currency } }),
    ...(v.status !== p.status && { status: v.status }),
  });
  // again reads it as it is now. What was not touched here is shown so, and saving once more changes only the rest.
  const again = async () => {
    const was = p;
    ({ it: p, tag: match } = await tagged(`/products/${p.id}`));
    quicker = true;
    for (const [of, before, now] of [
      [name, was.name, p.name],
      [cost, plain(was.price), plain(p.price)],
      [state, was.status, p.status],
    ]) {
      const control = of.querySelector('input, select');
      if (control.value === before) control.value = now;
    }
  };
  confirm({
    title: `Change ${read.name}`,
    go: 'Save',
    then,
    done: 'It is saved.',
    fields: [name, cost, state],
    says: (v) =>
      [
        quicker && make('strong', {}, `Somebody else has changed it. Now it is ${p.name}, ${money(p.price)}, ${p.status}. `),
        price(v) !== null && price(v) !== p.price.amount
          ? `From now on it costs ${money({ amount: price(v), currency })}, not ${money(p.price)}; orders that were placed keep their price.`
          : 'Its price stays.',
      ].filter(Boolean),
    check: (v) =>
      price(v) === null
        ? `The price is not an amount in ${currency}: write it like ${plain(p.price)}.`
        : Object.keys(changed(v)).length
          ? ''
          : 'Nothing is changed.',
    carry: async (v, change) => {
      try {
        await change('PATCH', `/products/${p.id}`, changed(v), { match, merge: true });
      } catch (refused) {
        if (refused.code === 'stale_version') await again();
        throw refused;
      }
    },
  });
};
