// What staff do with an order. Each says first what will happen; nothing here is trusted by the mart, which decides by its own rules.
import { confirm } from './dialog.js';
import { field, make, minor, money, plain } from './parts.js';
import { goods, left, worth } from './goods.js';

const at = (o) => `/orders/${o.id}`;
// onOrder is an action on an order, which is read again once it is done, and also when it is refused: then something is not as it was shown.
const onOrder = (o, { carry, ...rest }) => {
  let after = null;
  confirm({
    ...rest,
    carry: async (values, change) => {
      try {
        after = await carry(values, change);
      } catch (refused) {
        await o.changed().catch(() => null); // the refusal is what there is to be said
        throw refused;
      }
    },
    then: () => o.changed(after),
  });
};

// how many of each product: a field for each, of at most so many as there are.
const quantities = (legend, all, start) =>
  make(
    'fieldset',
    {},
    make('legend', {}, legend),
    all.map((g) =>
      field(`${g.name}, of ${g.most}`, {
        name: `n-${g.id}`,
        type: 'number',
        min: 0,
        max: g.most,
        step: 1,
        required: true,
        inputmode: 'numeric',
        value: start(g),
      }),
    ),
  );
const chosen = (values, all) => all.map((g) => ({ productId: g.id, quantity: Number(values[`n-${g.id}`]) })).filter((l) => l.quantity > 0);
const some = (all) => (values) => (chosen(values, all).length ? '' : 'Choose at least one.');
const count = (lines) => lines.reduce((sum, l) => sum + l.quantity, 0);
const pieces = (lines) => (count(lines) === 1 ? '1 piece' : `${count(lines)} pieces`);
// shelved says what of a return is sold again, and what is lost with it.
const shelved = (lines, again) => {
  const back = lines.filter(again),
    lost = count(lines) - count(back);
  const kept = back.length ? `Back on the shelf: ${pieces(back)}.` : '';
  return `${kept} ${lost ? `Not to be sold again: ${pieces([{ quantity: lost }])}.` : ''}`.trim();
};
const have = (o, most) =>
  goods(o)
    .map((g) => ({ ...g, most: most(g) }))
    .filter((g) => g.most > 0);
const reader = (o) => (o.guest ? 'The guest' : 'The customer');

// backOf is how much of an amount can still be given back.
const backOf = (o, amount) => {
  const all = o.payments.reduce((sum, p) => sum + left(p).amount, 0);
  return money({ ...amount, amount: Math.min(amount.amount, all) });
};
const allBack = (o) => ({ amount: o.payments.reduce((sum, p) => sum + left(p).amount, 0), currency: o.total.currency });

export const send = (o) => {
  const all = have(o, (g) => g.unsent);
  onOrder(o, {
    title: 'Send a parcel',
    go: 'It is sent',
    fields: [
      quantities('What is in it', all, (g) => g.most),
      field('Carrier', { name: 'carrier', autocomplete: 'off' }),
      field('Tracking number', { name: 'trackingNumber', autocomplete: 'off', spellcheck: 'false' }),
    ],
    says: (v) =>
      `${count(chosen(v, all))} of ${count(all.map((g) => ({ quantity: g.most })))} that are left to send. ${reader(o)} gets a mail about it, and the order can no longer be cancelled as a whole.`,
    check: some(all),
    done: 'The parcel is sent.',
    carry: (v, change) =>
      change('POST', `${at(o)}/fulfilments`, {
        lines: chosen(v, all),
        carrier: v.carrier.trim() || undefined,
        trackingNumber: v.trackingNumber.trim() || undefined,
      }),
  });
};

export const arrived = (o, f) =>
  onOrder(o, {
    title: 'The parcel has arrived',
    go: 'It has arrived',
    says: () => `What was sent${f.carrier ? ` with ${f.carrier}` : ''} has arrived: ${pieces(f.lines)}. ${reader(o)} gets a mail about it.`,
    done: 'It is noted that the parcel has arrived.',
    carry: (_, change) => change('POST', `${at(o)}/delivery`, { fulfilmentId: f.id }),
  });

export const takeBack = (o) => {
  const all = have(o, (g) => g.returnable);
  onOrder(o, {
    title: 'Take a return',
    go: 'Note the return',
    fields: [quantities('What is to come back', all, () => 0), field('Why', { name: 'reason', type: 'long', rows: 2 })],
    says: (v) =>
      `${backOf(o, worth(o, chosen(v, all)))} is given back for ${pieces(chosen(v, all))}, once the return is approved and has come. Nothing is given back now.`,
    check: some(all),
    done: 'The return is noted.',
    carry: (v, change) => change('POST', `${at(o)}/returns`, { lines: chosen(v, all), reason: v.reason.trim() || undefined }),
  });
};

const decide = (r, what) => (v, change) => change('POST', `${at(r.order)}/returns/${r.id}/${what}`, { note: v.note.trim() || undefined });
const answer = () => field('A word to the customer', { name: 'note', type: 'long', rows: 2, hint: 'It is in the mail to them.' });
export const approve = (o, r) =>
  onOrder(o, {
    title: 'Approve the return',
    go: 'Approve',
    fields: [answer()],
    carry: decide({ ...r, order: o }, 'approval'),
    done: 'The return is approved.',
    says: () => `${pieces(r.lines)} may come back. ${reader(o)} gets a mail. Nothing is given back before that.`,
  });
export const refuse = (o, r) =>
  onOrder(o, {
    title: 'Refuse the return',
    go: 'Refuse',
    danger: true,
    fields: [answer()],
    carry: decide({ ...r, order: o }, 'refusal'),
    done: 'The return is refused.',
    says: () => `Nothing of it is taken back, and nothing is given back for it. ${reader(o)} gets a mail.`,
  });
export const receive = (o, r) => {
  const all = goods(o)
    .map((g) => ({ ...g, most: r.lines.filter((l) => l.productId === g.id).reduce((sum, l) => sum + l.quantity, 0) }))
    .filter((g) => g.most > 0);
  onOrder(o, {
    title: 'The return has come',
    go: 'Take it in',
    check: some(all),
    done: 'The return is taken in.',
    fields: [
      quantities('What has come', all, (g) => g.most),
      make(
        'fieldset',
        {},
        make('legend', {}, 'What can be sold again'),
        all.map((g) => field(g.name, { name: `shelf-${g.id}`, type: 'checkbox', checked: true })),
      ),
    ],
    says: (v) => [
      `${backOf(o, worth(o, chosen(v, all)))} is given back for ${pieces(chosen(v, all))}, without what sending it had cost. `,
      shelved(chosen(v, all), (l) => v[`shelf-${l.productId}`]),
    ],
    carry: (v, change) =>
      change('POST', `${at(o)}/returns/${r.id}/reception`, {
        lines: chosen(v, all).map((l) => ({ ...l, restock: Boolean(v[`shelf-${l.productId}`]) })),
      }),
  });
};

export const cancel = (o) =>
  onOrder(o, {
    title: 'Cancel the order',
    go: 'Cancel the order',
    danger: true,
    fields: [why('Its customer reads it, too.')],
    done: 'The order is cancelled.',
    says: () =>
      allBack(o).amount
        ? `All that was paid goes back: ${money(allBack(o))}. The goods are on sale again. This cannot be undone.`
        : 'It is not paid: nothing goes back. The goods are on sale again. This cannot be undone.',
    carry: (v, change) => change('POST', `${at(o)}/cancellation`, { reason: v.reason.trim() || undefined }),
  });
const why = (hint, attributes = {}) => field('Why', { name: 'reason', type: 'long', rows: 2, hint, ...attributes });

export const cancelPart = (o) => {
  const all = have(o, (g) => g.unsent);
  const everything = (v) => !o.fulfilments?.length && all.every((g) => Number(v[`n-${g.id}`]) === g.most);
  onOrder(o, {
    title: 'Cancel a part',
    go: 'Cancel the part',
    danger: true,
    check: some(all),
    done: 'The part is cancelled.',
    fields: [quantities('What is not to be sent', all, () => 0), why('Its customer reads it, too.')],
    says: (v) =>
      everything(v)
        ? `That is all that is left: the order is cancelled, and all that was paid goes back: ${money(allBack(o))}.`
        : `${backOf(o, worth(o, chosen(v, all)))} goes back for ${pieces(chosen(v, all))}, on sale again from then on. The order goes on with the rest.`,
    carry: (v, change) => change('POST', `${at(o)}/cancellation`, { lines: chosen(v, all), reason: v.reason.trim() || undefined }),
  });
};

export const refund = (o, p) => {
  const { currency } = p.amount;
  const amount = (v) => minor(v.amount, currency);
  onOrder(o, {
    title: 'Refund',
    go: 'Refund',
    danger: true,
    done: 'The refund is on its way.',
    fields: [
      field(`Amount in ${currency}`, {
        name: 'amount',
        inputmode: 'decimal',
        required: true,
        autocomplete: 'off',
        value: plain(left(p)),
        hint: `At most ${money(left(p))}, which is all that is left.`,
      }),
      why('Its customer reads it, too.', { required: true }),
    ],
    says: (v) =>
      amount(v)
        ? `${money({ amount: amount(v), currency })} goes back to ${reader(o).toLowerCase()}. The order stays as it is, and its goods, too.`
        : 'Say how much goes back.',
    check: (v) => (amount(v) ? '' : `The amount is not one in ${currency}: write it like ${plain(left(p))}.`),
    carry: async (v, change) => {
      await change('POST', `/payments/${p.id}/refunds`, { amount: { amount: amount(v), currency }, reason: v.reason.trim() });
    },
  });
};

export const note = (o) =>
  onOrder(o, {
    title: 'Add a note',
    go: 'Add',
    fields: [field('Note', { name: 'text', type: 'long', rows: 4, required: true })],
    says: () => 'Staff read it; the customer does not.',
    done: 'The note is there.',
    carry: (v, change) => change('POST', `${at(o)}/notes`, { text: v.text.trim() }),
  });

export const erase = (o) =>
  onOrder(o, {
    title: 'Erase the guest',
    go: 'Erase',
    danger: true,
    says: () =>
      'Name, addresses and words of the guest are erased for good. What is not paid is cancelled; what is on its way keeps what it takes to arrive. This cannot be undone.',
    done: 'The guest is erased.',
    carry: (_, change) => change('DELETE', `${at(o)}/guest`),
  });
