package db

import (
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
	rows, everybody := w.memory, slices.Concat(w.customers, w.members, []string{w.nobody})
	if m != nil {
		rows = must(m.store.Load(t.Context(), inbox.Needs{
			orderByID: w.orders, paymentByID: w.payments, stockByID: w.products, reservationsOfOrder: w.orders, brandByID: w.brands, categoryByID: w.categories,
			productByID: slices.Concat(w.goods, w.products), customerByID: w.customers, addressByID: w.addresses, userByID: w.members, sessionByID: w.begun,
			notificationByID: w.mails, loginAccount: everybody, placesOfAccount: everybody, loginPlace: slices.Concat(devices, networks), resetOfAccount: everybody,
		}))
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
	for _, o := range w.orders {
		held, _ := domain.Reservations.Get(rows, o)
		if len(held) > 0 {
			add("reservations "+o, &held)
		}
	}
	w.shelves(rows, add)
	w.folk(rows, add)
	w.entries(rows, add)
	return all
}

func (w *world) shelves(rows *domain.Rows, add func(string, any)) {
	for s := range domain.Stock.All(rows) {
		if slices.Contains(w.products, s.ProductID) {
			add("stock "+s.ProductID, &s)
		}
	}
	for b := range domain.BrandRows.All(rows) {
		add("brand "+b.State.ID, &b.State)
	}
	for c := range domain.CategoryRows.All(rows) {
		add("category "+c.State.ID, &c.State)
	}
	for p := range domain.ProductRows.All(rows) {
		add("product "+p.State.ID, &p.State)
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
		select concat_ws(' ', 'moved', product_id, version, on_hand_delta, reserved_delta, reason, order_id, by_id) from stock_ledger where product_id = any($1)
		union all select concat_ws(' ', 'step', order_id, version, status, by_id) from order_history where order_id = any($2)
		union all select concat_ws(' ', 'line', order_id, position, product_id, quantity, amount) from order_line where order_id = any($2)
		union all select concat_ws(' ', 'version', payment_id, version, status, step) from payment_history where payment_id = any($3)
		union all select concat_ws(' ', 'money', payment_id, step, refund_id, amount, currency) from payment_ledger where payment_id = any($3)
		union all select concat_ws(' ', 'due', kind, subject, due_at at time zone 'UTC') from deadline where subject = any($2 || $3 || $4)
		union all select concat_ws(' ', 'token', hash, session_id) from refresh_token where session_id = any($5) and session_id in (
			select id from session where expires_at > $6)
		union all select concat_ws(' ', 'price', product_id, version, amount, currency, offered) from product_price where product_id = any($1 || $7)
		order by 1`, w.products, w.orders, w.payments, w.mails, w.begun, w.now, w.goods))
	return must(pgx.CollectRows(rows, pgx.RowTo[string]))
}
