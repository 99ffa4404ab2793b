// The address book. The first in it is the one that the checkout begins with.
import { get, send } from './mart.js';
import { dialog, form, make } from './dom.js';
import { addressFields, addressOf, inLines, showRegion } from './address.js';
import { section, whole } from './section.js';

export const book = '/customers/me/addresses';

export const addressBook = (addresses, countries, done) =>
  section(
    'addresses',
    'Addresses',
    addresses.length
      ? make(
          'ul',
          { className: 'book' },
          addresses.map((a) => entry(a, countries, done)),
        )
      : make('p', { className: 'quiet' }, 'None yet.'),
    make(
      'details',
      {},
      make('summary', {}, 'Add an address'),
      addressForm('Save', countries, {}, async (address) => {
        await send('POST', book, address, { by: null });
        await done('addresses', 'It is in your address book.');
      }),
    ),
  );
const addressForm = (go, countries, was, keep) => {
  const f = form((data) => keep(addressOf(data)), {}, addressFields(countries, '', was), make('button', {}, go));
  f.addEventListener('change', () => showRegion(f, f.elements.country.value));
  showRegion(f, f.elements.country.value);
  return f;
};
const optional = { line2: null, postalCode: null, region: null };
const entry = (a, countries, done) => {
  const at = `${book}/${a.id}`,
    item = make('li', {}, inLines(a));
  const is = `${a.name}, ${a.line1}`;
  const change = async () => {
    const seen = await whole(() => get(at, null, { tags: true }), 'addresses', done);
    if (!seen) return;
    const f = addressForm('Save', countries, seen.body, async (address) => {
      const written = { ...optional, ...address };
      const kept = await whole(() => send('PATCH', at, written, { by: null, tag: seen.tag }), 'addresses', done);
      if (kept) await done('addresses', 'It is changed. Orders that you placed keep it as it was.');
    });
    f.append(make('button', { type: 'button', className: 'plain', onclick: () => done('addresses', '') }, 'Cancel'));
    item.replaceChildren(f);
    f.elements.name.focus();
  };
  const takeOut = () =>
    dialog(
      'Take it out of your address book?',
      'Take it out',
      {
        act: async () => {
          const { tag } = await get(at, null, { tags: true });
          await send('DELETE', at, undefined, { by: null, tag });
        },
        after: () => done('addresses', 'It is taken out.'),
      },
      inLines(a),
      make('p', {}, 'Orders that you placed keep it.'),
    );
  item.append(
    make(
      'p',
      { className: 'acts' },
      make('button', { type: 'button', className: 'plain', 'aria-label': `Change ${is}`, onclick: change }, 'Change'),
      make(
        'button',
        { type: 'button', className: 'plain', 'aria-label': `Take out ${is}`, onclick: takeOut },
        'Take out',
      ),
    ),
  );
  return item;
};
