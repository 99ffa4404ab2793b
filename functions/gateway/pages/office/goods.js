// What can still be done with the goods of an order, and what that gives back. It is counted here to say beforehand what will happen; the mart
// counts for itself, and decides.
import { digits } from './parts.js';

// goods is each product of an order once, with how much of it is where.
export const goods = (o) => {
  const all = new Map();
  for (const l of o.lines) {
    const g = all.get(l.productId) ?? {
      id: l.productId,
      name: l.name,
      price: l.unitPrice.amount,
      quantity: 0,
      tax: 0,
      cancelled: 0,
      shipped: 0,
      delivered: 0,
      returned: 0,
    };
    for (const n of ['quantity', 'cancelled', 'shipped', 'delivered', 'returned']) g[n] += l[n];
    g.tax += l.tax?.amount ?? 0;
    g.included = (o.taxes.find((t) => l.taxedAs && t.taxClass === l.taxedAs) ?? { included: true }).included;
    all.set(l.productId, g);
  }
  for (const g of all.values()) {
    const asked = (o.returns ?? [])
      .filter((r) => ['requested', 'approved'].includes(r.status))
      .flatMap((r) => r.lines)
      .filter((l) => l.productId === g.id);
    g.unsent = g.quantity - g.cancelled - g.shipped;
    g.returnable = g.delivered - g.returned - asked.reduce((sum, l) => sum + l.quantity, 0);
  }
  return [...all.values()];
};
// stateOf is an order's state as staff speak of it: one that is paid may have gone out in part.
export const stateOf = (o) => (o.status === 'paid' && o.lines.some((l) => l.shipped > 0) ? 'paid, partly sent' : o.status);
export const toSend = (o) => goods(o).reduce((sum, g) => sum + g.unsent, 0);

// worth is what lines of an order give back: their price, and the tax that was added to it, of which pieces carry what falls to them.
export const worth = (o, lines) => {
  const unit = digits(o.total.currency) === 3 ? 10 : 1;
  const amount = goods(o).reduce((sum, g) => {
    const n = lines.filter((l) => l.productId === g.id).reduce((all, l) => all + l.quantity, 0);
    const taxOf = (pieces) => Math.floor((2 * (g.tax / unit) * pieces + g.quantity) / (2 * g.quantity)) * unit;
    const back = g.cancelled + g.returned;
    return sum + g.price * n + (g.included ? 0 : taxOf(back + n) - taxOf(back));
  }, 0);
  return { amount, currency: o.total.currency };
};

// captured tells of a payment whether its money was taken, and left what of it can still be given back.
export const captured = (p) => ['captured', 'partially_refunded', 'refunded'].includes(p.status);
export const left = (p) => ({
  amount: captured(p)
    ? p.amount.amount - (p.refunds ?? []).filter((r) => r.status !== 'failed').reduce((sum, r) => sum + r.amount.amount, 0)
    : 0,
  currency: p.amount.currency,
});
