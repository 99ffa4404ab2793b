// Names of what is known by its id.
import { may, read, Refusal } from './api.js';

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

// did is who has done something. What a colleague is called only those may read who keep the accounts of staff.
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
      return id && may('users:write') ? nameAt(`/users/${id}`, (u) => u.name, 'a colleague who has left') : 'a colleague';
  }
};
