// One product: what customers read, what it costs and has cost. Whoever changes it says which version they have read; when somebody else was
// quicker, they are shown what it is now.
import { may, path, read, tagged } from './api.js';
import { badge, button, day, entitle, facts, fill, link, make, money, section, table } from './parts.js';
import { edit } from './productform.js';

export const show = async ({ room, id }) => {
  const look = async () => {
    const [{ it: p, tag }, prices] = await Promise.all([
      tagged(`/products/${id}`),
      may('catalog:write') ? read(`/products/${id}/prices`) : null,
    ]);
    entitle(p.name, ' ', badge(p.status));
    fill(
      room,
      make(
        'div',
        { class: 'product' },
        picture(p.imageUrl),
        make(
          'div',
          {},
          facts(
            ['SKU', make('code', {}, p.sku)],
            ['Price', money(p.price), p.was && ` (was ${money(p.was)})`],
            ['Can be sold', String(p.available)],
            ...Object.entries(p.options ?? {}),
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
        ),
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

// picture is what customers see of it. Those of the demo lie beside the mart's own shop, by whatever name this machine was called when they
// were put in; one that is not there leaves its place empty, and says so.
const picture = (address) => {
  if (!address) return make('p', { class: 'picture none' }, 'No picture yet');
  const at = URL.parse?.(address);
  const ours = at && ['localhost', '127.0.0.1', '[::1]'].includes(at.hostname) && at.pathname.startsWith('/shop/pictures/');
  const img = make('img', { class: 'picture', src: ours ? at.pathname : address, alt: '', width: 320, height: 320, referrerpolicy: 'no-referrer' });
  img.addEventListener('error', () => img.replaceWith(make('p', { class: 'picture none' }, 'Its picture is not there')));
  return img;
};
