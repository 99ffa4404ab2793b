// Addresses: their fields on a page, and what the mart takes of them. The country comes before the street: it says
// which fields there are, what sending costs, and which taxes there are.
import { all } from './mart.js';
import { choice, field, locale, make } from './dom.js';

const withRegions = ['US', 'CA', 'AU', 'BR', 'IN', 'MX'];
const names = new Intl.DisplayNames(locale, { type: 'region' });

// served is where something can be sent to, as a list to choose from.
export const served = async () => {
  const methods = await all('/shipping-methods?limit=100');
  const codes = new Set(methods.flatMap((m) => m.zones.flatMap((z) => z.countries)));
  const offered = codes.size ? [...codes] : ['GB', 'IE', 'PT', 'DE', 'FR', 'US'];
  return offered.map((code) => [code, names.of(code)]).sort((a, b) => a[1].localeCompare(b[1]));
};

// addressFields are an address as it is written. within is the member of the request that has it; was is what stands
// there.
export const addressFields = (countries, within = '', was = {}) => {
  const at = (name, label, props = {}) =>
    field(label, within + name, { value: was[name] ?? '', required: true, maxLength: 200, ...props });
  const known = countries.map(([code]) => code);
  const country = was.country ?? (known.includes('GB') ? 'GB' : known[0]);
  const offered = known.includes(country) ? countries : [[country, names.of(country)], ...countries];
  return [
    at('name', 'Name', { autocomplete: 'name', maxLength: 120 }),
    choice('Country', `${within}country`, offered, country, { autocomplete: 'country' }),
    at('line1', 'Street and number', { autocomplete: 'address-line1' }),
    at('line2', 'Flat, floor or building', { autocomplete: 'address-line2', required: false }),
    make(
      'div',
      { className: 'two' },
      at('postalCode', 'Postal code', { autocomplete: 'postal-code', maxLength: 20 }),
      at('city', 'Town', { autocomplete: 'address-level2', maxLength: 100 }),
    ),
    at('region', 'State or region, such as CA', { className: 'region', required: false, maxLength: 3 }),
  ];
};
export const showRegion = (f, country) => {
  f.querySelector('.region').hidden = !withRegions.includes(country);
};

// addressOf is what a form says, without what is empty.
export const addressOf = (data, within = '') => {
  const all = [...data]
    .filter(([name]) => name.startsWith(within))
    .map(([name, value]) => [name.slice(within.length), value.trim()]);
  const of = Object.fromEntries(all.filter(([, value]) => value));
  if (!withRegions.includes(of.country)) delete of.region;
  return of;
};

// inLines is an address as it is read.
export const inLines = (a) => {
  const town = [a.postalCode, a.city].filter(Boolean).join(' ');
  const lines = [a.name, a.line1, a.line2, town, a.region, names.of(a.country)].filter(Boolean);
  return make(
    'address',
    {},
    lines.flatMap((line) => [line, make('br')]),
  );
};
