package db

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// rows is all that is stored about the things, as text: in memory what the decisions hold of it, else what is read from m.
func (w *world) rows(t *testing.T, m *market) map[string]string {
	rows := w.memory
	if m != nil {
		rows = must(m.store.Load(t.Context(), w.needs()))
	}
	all := map[string]string{}
	add := func(key string, row any) {
		all[key] = compared(must(testKeys().Encode(row)))
	}
	for o := range domain.Orders.All(rows) {
		if m != nil {
			o.History = must(getOrder(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: o.ID}})).History
		}
		add("order "+o.ID, &o)
	}
	for p := range domain.Payments.All(rows) {
		add("payment "+p.ID, &p)
	}
	for _, o := range w.of["order"] {
		held, _ := domain.Reservations.Get(rows, o)
		if len(held) > 0 {
			add("reservations "+o, &held)
		}
	}
	for s := range domain.Stock.All(rows) {
		add("stock "+s.ProductID, &s)
	}
	for k := range domain.Carts.All(rows) {
		k.AbandonAt = *moment(&k.AbandonAt)
		add("cart "+k.ID, &k)
	}
	w.plainRows(rows, add)
	w.folk(rows, add)
	w.entries(rows, add)
	return all
}

// needs are those of all that commands were about.
func (w *world) needs() inbox.Needs {
	everybody := slices.Concat(w.of["customer"], w.of["user"], w.of["login"])
	n := inbox.Needs{
		orderByID: w.of["order"], paymentByID: w.of["payment"], stockByID: slices.Concat(w.of["product"], w.of["inventory"]), reservationsOfOrder: w.of["order"],
		customerByID: append(slices.Clone(w.of["customer"]), w.nobody), addressByID: w.of["address"], userByID: w.of["user"], sessionByID: w.of["session"],
		cartByID: w.of["cart"], notificationByID: w.of["notification"], loginAccount: everybody, placesOfAccount: everybody, loginPlace: slices.Concat(devices, networks), resetOfAccount: everybody, verificationOfCustomer: everybody,
	}
	for _, noun := range plainNouns() {
		n[byID(noun.Name)] = slices.Clone(w.of[noun.Name])
	}
	return n
}

// tableOf is where a plain noun's rows are.
func tableOf(noun string) string { return strings.ReplaceAll(events.InWords(noun), " ", "_") }

// byID is the way in which a plain noun's row is found by its own id.
func byID(noun string) *inbox.Need {
	for _, n := range nouns {
		for _, table := range n.Tables {
			if !slices.Contains(table.Writes, tableOf(noun)) {
				continue
			}
			for _, need := range slices.Concat(table.Take.By, table.Lock.By, table.Read.By) {
				if need.Ask != nil {
					return need
				}
			}
		}
	}
	panic("db has no table " + noun + " whose rows are found by their ids")
}

// plainRows are those of the nouns that are declared as Resources, and whether they are deleted.
func (*world) plainRows(rows *domain.Rows, add func(string, any)) {
	for _, noun := range plainNouns() {
		for key, row := range rows.Of(tableOf(noun.Name)) {
			pointer := reflect.New(reflect.TypeOf(row)) // what is encrypted is so in place
			pointer.Elem().Set(reflect.ValueOf(row))
			add(noun.Name+" "+key, pointer.Interface())
		}
	}
}

// person is an account as it is stored, the hash of its password in a form in which it is compared.
type person struct {
	State         any
	Address, Hash string
	Gone          bool
}

// folk is who buys and who works here, their addresses and their mails.
func (w *world) folk(rows *domain.Rows, add func(string, any)) {
	for c := range domain.CustomerRows.All(rows) {
		add("customer "+c.ID, &person{&c.CustomerState, c.Address, strings.TrimPrefix(c.PasswordHash.Ciphertext(), "p1."), c.DeletedAt != nil})
	}
	for u := range domain.UserRows.All(rows) {
		add("member "+u.ID, &person{&u.UserState, u.Address, strings.TrimPrefix(u.PasswordHash.Ciphertext(), "p1."), u.DeletedAt != nil})
	}
	for a := range domain.AddressRows.All(rows) {
		add("address "+a.State.ID, &person{State: &a.State, Gone: a.DeletedAt != nil})
	}
	for n := range domain.Notifications.All(rows) {
		add("mail "+n.ID, &n)
	}
}

// entries is who is logged in, and how often others have tried.
func (w *world) entries(rows *domain.Rows, add func(string, any)) {
	for s := range domain.SessionRows.All(rows) {
		if s.ExpiresAt.After(w.now) { // else it may be gone
			s.RevokedAt = moment(s.RevokedAt)
			add("session "+s.ID, &s)
		}
	}
	for r := range domain.Resets.All(rows) {
		r.UsedAt = moment(r.UsedAt)
		for _, at := range []*time.Time{&r.ExpiresAt, &r.Asked.At, &r.ForgetAt} {
			*at = *moment(at)
		}
		add("reset of "+r.Owner.ID, &r)
	}
	for v := range domain.Verifications.All(rows) {
		v.UsedAt = moment(v.UsedAt)
		for _, at := range []*time.Time{&v.ExpiresAt, &v.Asked.At} {
			*at = *moment(at)
		}
		add("verification of "+v.CustomerID, &v)
	}
	for a := range domain.LoginAccounts.All(rows) {
		if !a.Erased {
			for _, at := range []*time.Time{&a.Strangers.At, &a.Since, &a.Told, &a.ForgetAt} {
				*at = *moment(at)
			}
			add("tries at "+a.Account, &a)
		}
	}
	for p := range domain.LoginPlaces.All(rows) {
		if !p.Erased {
			for _, at := range []*time.Time{&p.Tries.At, &p.KnownUntil, &p.ForgetAt} {
				*at = *moment(at)
			}
			add("tries at "+p.Account+" from "+p.Place, &p)
		}
	}
}

// moment is a time as it is compared: that there is none is said in two ways.
func moment(at *time.Time) *time.Time { return new(zeroIfNull(at).UTC()) }

// ledgers is what was only ever added, line by line, and what is still to come.
func (m *market) ledgers(w *world) (lines []string) {
	m.t.Helper()
	rows := must(m.owner.Query(m.t.Context(), `
		select concat_ws(' ', 'moved', product_id, version, on_hand_delta, reserved_delta, reason, order_id, part_id, by_id) from stock_ledger where product_id = any($1)
		union all select concat_ws(' ', 'step', order_id, version, status, action, part_id, by_id) from order_history where order_id = any($2)
		union all select concat_ws(' ', 'line', order_id, position, product_id, quantity, amount, tax, taxed_as) from order_line where order_id = any($2)
		union all select concat_ws(' ', 'charge', order_id, position, shipping_method_id, amount, tax, taxed_as) from order_charge where order_id = any($2)
		union all select concat_ws(' ', 'tax', order_id, position, tax_class, rate, included, taxed, amount) from order_tax where order_id = any($2)
		union all select concat_ws(' ', 'refund', payment_id, position, amount, taxes) from refund where payment_id = any($3)
		union all select concat_ws(' ', 'goods', order_id, product_id, ordered, cancelled, sent, delivered, claimed, returned) from order_goods where order_id = any($2)
		union all select concat_ws(' ', 'version', payment_id, version, status, step) from payment_history where payment_id = any($3)
		union all select concat_ws(' ', 'money', payment_id, step, refund_id, amount, currency) from payment_ledger where payment_id = any($3)
		union all select concat_ws(' ', 'due', kind, subject, due_at at time zone 'UTC') from deadline where subject = any($2 || $3 || $4 || $7)
		union all select concat_ws(' ', 'token', hash, session_id) from refresh_token where session_id = any($5) and session_id in (
			select id from session where expires_at > $6)
		union all select concat_ws(' ', 'price', product_id, version, amount, currency, offered) from product_price where product_id = any($1)
		order by 1`,
		slices.Concat(w.of["inventory"], w.of["product"]), w.of["order"], w.of["payment"], w.of["notification"], w.of["session"], w.now, w.of["cart"]))
	return must(pgx.CollectRows(rows, pgx.RowTo[string]))
}
