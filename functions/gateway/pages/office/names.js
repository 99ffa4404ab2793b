// Names of what is known by its id.
import { may, path, read, Refusal } from './api.js';
import { make, say } from './parts.js';

const known = new Map(); // of an address, what it is called, for as long as the page is open
const nameAt = (address, nameOf, other) => {
  if (!known.has(address))
    known.set(
      address,
      read(address).then(nameOf, (fault) => {
        if (!(fault instanceof Refusal)) throw fault;
        return other; // it is gone, or not everybody's to read
      }),
    );
  return known.get(address);
};

// named is of products their names; of one that this reader may not read, its id.
export const named = async (ids) =>
  new Map(await Promise.all([...new Set(ids)].map(async (id) => [id, await nameAt(`/products/${id}`, (p) => p.name, id)])));

// orderOf is what people call an order.
export const orderOf = (id) => nameAt(`/orders/${id}`, (o) => o.number, 'an order');
const customerAt = (id) => nameAt(`/customers/${id}`, (c) => c, null);

// orderedBy is who has placed an order, by name and e-mail address, as far as this reader may see. Of whoever is erased nothing is left, and an
// order that has no name any more asks for none.
export const orderedBy = async (o) => {
  if (o.guest) return o.guest;
  return (o.customerId && o.shippingAddress.name && may('customers:read') && (await customerAt(o.customerId))) || {};
};

// parties is who has placed each order of a list, and to whom it goes where that is somebody else.
export const parties = (orders) =>
  Promise.all(
    orders.map(async (o) => {
      const to = o.shippingAddress.name,
        by = (await orderedBy(o)).name;
      if (!by && !to) return 'somebody who is erased';
      const called = by ?? (o.guest ? 'a guest' : 'a customer');
      return make('span', {}, called, to && to !== by && make('small', { class: 'quiet' }, `to ${to}`));
    }),
  );

// byProduct lets a form of filters name a product in words: shown is the one that is asked for, and what it is called.
export const byProduct = (shown, name) => async (asked) => {
  if (!asked.product || asked.product === name) return { ...asked, product: asked.product && shown };
  const product = await productOf(asked.product);
  if (!product) say(`No product is called ${asked.product}.`);
  return product && { ...asked, product };
};

// productOf is the id of what somebody calls by its name, its SKU or its id.
const productOf = async (called) => {
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(called)) return called.toLowerCase();
  const { items } = await read(path('/products', { q: called, limit: 10 }));
  return (items.find((p) => [p.sku, p.name].some((n) => n.toLowerCase() === called.toLowerCase())) ?? items[0])?.id;
};

// did is who has done something. What a colleague is called those may read who read orders.
export const did = async ({ type, id }) => {
  switch (type) {
    case 'app_user':
      return 'the customer';
    case 'unauthenticated':
      return 'the guest';
    case 'system':
      return 'the mart';
    case 'service_account':
      return `the program ${id ?? ''}`.trim();
    default:
      return id && may('orders:read') ? nameAt(`/users/${id}/name`, (u) => u.name, 'a colleague who has left') : 'a colleague';
  }
};
