package db

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// keyed is the key of a cart that is opened by a secret of that hash.
func keyed(hash string) events.CartKey { return events.CartKey{SecretHash: hash} }

// cartWith is an open cart of somebody unknown, with one of each of the products in it, and its key is "s".
func (m *market) cartWith(products ...string) string {
	m.t.Helper()
	id := events.NewID()
	m.must(events.OpenCart.New(id, keyed("s")).AskedBy(nobody))
	for _, p := range products {
		m.must(put(id, p, 1, "s").AskedBy(nobody))
	}
	return id
}

func put(cart, product string, quantity int64, hash string) events.Outgoing {
	return events.SetCartLine.New(cart, events.CartLineSetting{CartKey: keyed(hash), OrderItem: events.OrderItem{ProductID: product, Quantity: quantity}}).WithID(events.NewID(), "")
}

func orderOf(cart, hash string, lines ...events.OrderItem) events.Outgoing {
	return events.OrderCart.New(cart, events.CartOrder{CartKey: keyed(hash), ChosenCart: events.ChosenCart{Cart: cartOf(lines...)}}).WithID(events.NewID(), "")
}

func orderOfCart(cart string) string { return domain.CartOrderID(cart) }

func (m *market) look(cart, hash string, by events.Principal) (events.CartState, error) {
	return getCart(m.t.Context(), m.store, events.Received[events.CartLookup]{
		Envelope: events.Envelope{By: by}, Data: events.CartLookup{CartKey: keyed(hash), ID: cart},
	})
}

// seen is a cart that may be looked into.
func (m *market) seen(cart, hash string, by events.Principal) events.CartState {
	m.t.Helper()
	k, err := m.look(cart, hash, by)
	if err != nil {
		m.t.Fatal(err)
	}
	return k
}

// short is a cart's lines in short: of which how many, and what has become of them.
func inShort(k events.CartState) (lines []string) {
	for _, l := range k.Lines {
		text, _ := json.Marshal(domain.CartChanges(l))
		lines = append(lines, strings.Repeat("|", int(l.Quantity))+" "+string(text))
	}
	return lines
}

// A cart tells what has become of its lines since they were put in, holds nothing, and is the same whether a command or a question tells it.
func TestCart_TellsWhatHasChanged(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	dearer, scarce, gone := m.product(9), m.product(5), m.product(5)
	cart := m.cartWith(dearer, scarce, gone)
	m.must(put(cart, scarce, 4, "s").AskedBy(nobody))
	if n := m.count(`select sum(reserved)::int from stock`); n != 0 {
		t.Errorf("%d are held", n)
	}
	m.must(events.AdjustStock.New(scarce, events.StockAdjustment{Delta: -2, Reason: events.StockDamaged}))
	m.exec(`update product set amount = 1100, image_url = 'https://images.example/mug.png' where id = $1`, dearer)
	m.exec(`update product set status = 'archived' where id = $1`, gone)
	k := m.seen(cart, "s", nobody)
	if now := k.Lines[0].Now; now == nil || now.SKU == "" || now.ImageURL != "https://images.example/mug.png" {
		t.Errorf("what is in it is shown as %+v", now)
	}
	want := []string{`| ["price"]`, `|||| ["not_enough"]`, `| ["not_sold"]`}
	if diff := cmp.Diff(want, inShort(k)); diff != "" {
		t.Error(diff)
	}
	told, err := events.CartUpdated.Decode(m.allKeys(), m.must(put(cart, scarce, 4, "s").AskedBy(nobody)).Data)
	if err != nil {
		t.Fatal(err)
	}
	k.Lines[1].At, k.Version, k.UpdatedAt, k.ExpiresAt = told.Lines[1].At, told.Version, told.UpdatedAt, told.ExpiresAt
	if diff := cmp.Diff(k, told, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("asked and told (-asked +told):\n%s", diff)
	}
	m.must(put(cart, dearer, 1, "s").AskedBy(nobody))
	if got := inShort(m.seen(cart, "s", nobody))[0]; got != `| null` {
		t.Errorf("once its price was seen: %s", got)
	}
	m.refused("product_not_sold", put(cart, gone, 1, "s").AskedBy(nobody))
	m.must(events.RemoveCartLine.New(cart, events.CartLineRemoval{CartKey: keyed("s"), ProductID: gone}).AskedBy(nobody))
	m.refused("not_found", events.RemoveCartLine.New(cart, events.CartLineRemoval{CartKey: keyed("s"), ProductID: gone}).AskedBy(nobody).WithID(events.NewID(), ""))
}

// A cart is ordered once, by the rules of every order; a second order of it is refused, whoever asks and however.
func TestCart_IsOrderedOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	mug, ada := m.product(3), m.buyer()
	cart := m.cartWith(mug)
	line := events.OrderItem{ProductID: mug, Quantity: 1}
	m.refused("forbidden", orderOf(cart, "s", line).AskedBy(m.clerk))
	m.refused("not_found", orderOf(cart, "t", line).AskedBy(ada))
	m.refused("cart_changed", orderOf(cart, "s", events.OrderItem{ProductID: mug, Quantity: 2}).AskedBy(ada))
	m.must(put(cart, mug, 4, "s").AskedBy(nobody))
	m.refused("out_of_stock", orderOf(cart, "s", events.OrderItem{ProductID: mug, Quantity: 4}).AskedBy(ada))
	m.must(put(cart, mug, 1, "s").AskedBy(nobody))

	codes := make([]string, 6)
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() { codes[i] = code(m.do(orderOf(cart, "s", line).AskedBy(ada))) })
	}
	all.Wait()
	ordered := 0
	for _, c := range codes {
		if c == "" {
			ordered++
		} else if c != "cart_ordered" {
			t.Errorf("refused with %q", c)
		}
	}
	k := m.seen(cart, "s", nobody)
	if n := m.count(`select count(*)::int from orders`); ordered != 1 || n != 1 || k.Status != events.CartOrderedStatus || k.OrderID != domain.CartOrderID(cart) {
		t.Errorf("%d were told so, there are %d orders, and the cart is %s as %s", ordered, n, k.Status, k.OrderID)
	}
	if got := m.state(k.OrderID, mug); got != "placed - 3/1" {
		t.Errorf("the order: %s", got)
	}
	m.refused("cart_ordered", put(cart, mug, 2, "s").AskedBy(nobody))
	m.refused("cart_ordered", events.ClaimCart.New(cart, keyed("s")).AskedBy(ada))
}

// What is claimed is its customer's from then on: alone, or with what they had already. The secret opens nothing any more.
func TestCart_IsClaimed(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	mug, cup, ada, bob := m.product(3), m.product(9), m.buyer(), m.buyer()
	claim := func(cart, hash string, by events.Principal) events.Outgoing {
		return events.ClaimCart.New(cart, keyed(hash)).AskedBy(by).WithID(events.NewID(), "")
	}
	first := m.cartWith(mug)
	m.must(put(first, mug, 2, "s").AskedBy(nobody))
	m.refused("not_found", claim(first, "t", bob))
	m.refused("not_found", claim(events.NewID(), "s", bob))
	m.must(claim(first, "s", ada))
	second := m.cartWith(cup)
	m.must(put(second, mug, 2, "s").AskedBy(nobody))
	for range 2 { // claimed twice, it is once
		if got := m.must(claim(second, "s", ada)); got.Subject != second {
			t.Errorf("it is about %s", got.Subject)
		}
		hers := m.seen("", "", ada)
		if diff := cmp.Diff([]string{"||| null", "| null"}, inShort(hers)); diff != "" || hers.ID != first {
			t.Errorf("%s is hers:\n%s", hers.ID, diff)
		}
	}
	m.tellsEndOf(second, events.CartMergedStatus)
	m.must(claim(first, "", ada)) // it is hers already
	for _, cart := range []string{first, second} {
		for name, c := range map[string]struct {
			hash string
			by   events.Principal
		}{"the secret": {"s", nobody}, "another customer": {"s", bob}} {
			if _, err := m.look(cart, c.hash, c.by); err == nil {
				t.Errorf("%s opens it still", name)
			}
			m.refused("not_found", put(cart, mug, 1, c.hash).AskedBy(c.by))
		}
	}
	m.refused("not_found", claim(first, "s", bob))
	m.refused("cart_exists", events.OpenCart.New(events.NewID(), keyed("")).AskedBy(ada))
	m.refused("forbidden", events.OpenCart.New(events.NewID(), keyed("")).AskedBy(nobody))
	m.refused("cart_exists", events.OpenCart.New(first, keyed("s")).AskedBy(nobody))
	m.must(orderOf(first, "", events.OrderItem{ProductID: mug, Quantity: 3}, events.OrderItem{ProductID: cup, Quantity: 1}).AskedBy(ada))
	if _, err := m.look("", "", ada); err == nil {
		t.Error("what is ordered is her open cart still")
	}
	m.must(events.OpenCart.New(events.NewID(), keyed("")).AskedBy(ada))
}

// A customer who goes leaves nothing in a cart, and one who is suspended gets at nothing.
func TestCart_OfACustomerWhoGoes(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	mug, ada := m.product(3), m.buyer()
	cart := events.NewID()
	m.must(events.OpenCart.New(cart, keyed("")).AskedBy(ada))
	m.must(put(cart, mug, 1, "").AskedBy(ada))
	m.must(events.SetCustomerStatus.New(ada.ID, events.CustomerStatusChange{Status: events.AccountDisabled}))
	m.refused("forbidden", put(cart, mug, 2, "").AskedBy(ada))
	if _, err := m.look(cart, "", ada); err == nil {
		t.Error("a suspended customer looks into it")
	}
	m.must(events.SetCustomerStatus.New(ada.ID, events.CustomerStatusChange{Status: events.AccountActive}))
	m.must(events.DeleteCustomer.New(ada.ID, events.Deletion{ExpectedVersion: 3}).AskedBy(ada))
	if n := m.count(`select count(*)::int from cart where status = 'deleted' and lines = '[]'`); n != 1 {
		t.Error("something is in it still")
	}
	if n := m.count(`select count(*)::int from deadline where kind = 'cart'`); n != 0 {
		t.Error("it will count as abandoned")
	}
	m.tellsEndOf(cart, events.CartDeletedStatus)
}

// tellsEndOf waits until it is told, once, that there is nothing in a cart any more, and why.
func (m *market) tellsEndOf(cart string, why events.CartStatus) {
	m.t.Helper()
	var told []events.CartState
	m.eventually("the end of the cart is told", func() bool {
		told = nil
		for _, e := range m.kafka.eventsAbout(cart) {
			if e.Type == events.CartDeleted.Type() {
				k, err := events.CartDeleted.Decode(m.keys, e.Data)
				if err != nil {
					m.t.Fatal(err)
				}
				told = append(told, k)
			}
		}
		return len(told) > 0
	})
	if len(told) != 1 || told[0].Status != why || len(told[0].Lines) > 0 {
		m.t.Errorf("told of its end: %+v, want once, %s and empty", told, why)
	}
}

// A cart that is left alone is told of once in its life, however it goes on; one that ends before, never.
func TestCart_IsAbandonedOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	mug := m.product(3)
	left, emptied, thrown := m.cartWith(mug), m.cartWith(mug), m.cartWith(mug)
	m.must(events.RemoveCartLine.New(emptied, events.CartLineRemoval{CartKey: keyed("s"), ProductID: mug}).AskedBy(nobody))
	m.must(events.DeleteCart.New(thrown, keyed("s")).AskedBy(nobody))
	if n := m.count(`select count(*)::int from deadline where kind = 'cart'`); n != 1 {
		t.Errorf("%d are waited for, want 1", n)
	}
	m.exec(`update deadline set due_at = now() - interval '1 second'`)
	m.exec(`update cart set abandon_at = now() - interval '1 second' where id = $1`, left)
	abandoned := func() (n int) {
		for _, record := range m.kafka.about(t, left) {
			if strings.Contains(record, events.CartAbandoned.Type()) {
				n++
			}
		}
		return n
	}
	m.eventually("it is abandoned", func() bool { return abandoned() == 1 })
	m.must(put(left, mug, 2, "s").AskedBy(nobody))
	if n := m.count(`select count(*)::int from deadline where kind = 'cart' and fired_at is null`); n != 0 {
		t.Error("it is waited for again")
	}
	if strings.Contains(m.bench.told(), `"secret`) {
		t.Error("the journal has a secret, or its hash")
	}
}

// What is too old is not there any more, and forgotten with all that belongs to it.
func TestCart_Expires(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	mug := m.product(3)
	old, empty := m.cartWith(mug), m.cartWith()
	if d := time.Until(m.seen(empty, "s", nobody).ExpiresAt); d > domain.EmptyCartLife {
		t.Errorf("an empty one is kept for %v", d)
	}
	if d := time.Until(m.seen(old, "s", nobody).ExpiresAt); d < domain.EmptyCartLife {
		t.Errorf("one with something in it is kept for %v", d)
	}
	m.exec(`update cart set expires_at = now() where id = $1`, old)
	if _, err := m.look(old, "s", nobody); err == nil {
		t.Error("it is there still")
	}
	m.refused("not_found", put(old, mug, 1, "s").AskedBy(nobody))
	if err := m.store.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if carts, deadlines := m.count(`select count(*)::int from cart`), m.count(`select count(*)::int from deadline where kind = 'cart'`); carts != 1 || deadlines != 0 {
		t.Errorf("%d carts and %d deadlines are left", carts, deadlines)
	}
}

// A cart has as many lines as an order, also one into which another is put.
func TestCart_IsFull(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	mug, cup, ada := m.product(3), m.product(3), m.buyer()
	cart := events.NewID()
	m.must(events.OpenCart.New(cart, keyed("")).AskedBy(ada))
	lines := make([]events.CartLine, 99)
	for i := range lines {
		lines[i] = events.CartLine{ProductID: events.NewID(), Quantity: 1, Name: "Mug", UnitPrice: usd(1000)}
	}
	m.exec(`update cart set lines = $1 where id = $2`, asJSON(lines), cart)
	m.must(put(cart, mug, 1, "").AskedBy(ada))
	m.refused("cart_full", put(cart, cup, 1, "").AskedBy(ada))
	other := m.cartWith(cup)
	m.refused("cart_full", events.ClaimCart.New(other, keyed("s")).AskedBy(ada))
	if diff := cmp.Diff([]string{"| null"}, inShort(m.seen(other, "s", nobody))); diff != "" {
		t.Errorf("what was not claimed is as it was:\n%s", diff)
	}
}
