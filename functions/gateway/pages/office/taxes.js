// Tax rates: of which part of the world, for which products, from when on.
import { country, day, make } from './parts.js';
import { shelf } from './things.js';

const percent = (rate) => `${rate / 1000} %`;
export const show = shelf({
  at: '/tax-rates',
  one: 'tax rate',
  many: 'Tax rates',
  sort: '',
  heads: ['Tax', 'Where', 'Class', '#Rate', 'Prices', 'Holds'],
  row: (t) => [
    t.name,
    [country(t.country), t.region].filter(Boolean).join(', '),
    t.taxClass,
    percent(t.rate),
    t.included ? 'have it in them' : 'are without it',
    make('span', {}, 'from ', day(t.validFrom), t.validTo && [' to ', day(t.validTo)]),
  ],
  fields: () => [
    { name: 'name', label: 'Name', required: true, hint: 'As an invoice has it, such as VAT 20 %.', attributes: { maxlength: 60 } },
    { name: 'country', label: 'Country', required: true, hint: 'Two letters, such as PT.', attributes: { maxlength: 2 } },
    { name: 'region', label: 'Region', hint: 'Left empty, all of the country.', attributes: { maxlength: 3 } },
    {
      name: 'taxClass',
      label: 'Tax class',
      initially: 'standard',
      hint: 'Of the products that it holds for.',
      attributes: { maxlength: 40 },
    },
    { name: 'rate', label: 'Rate in percent', kind: 'percent', required: true },
    { name: 'included', label: 'Prices have it in them', kind: 'yes' },
    { name: 'validFrom', label: 'Holds from', kind: 'moment', required: true },
    { name: 'validTo', label: 'Holds until', kind: 'moment', hint: 'Left empty, until further notice.' },
  ],
  says: (t) =>
    `${t.included ? 'It is part of the prices that customers read.' : 'It is added to the prices that customers read.'} Orders that were placed keep their taxes.`,
  gone: 'From now on nothing is taxed by it. Orders that were placed keep their taxes.',
});
