package db

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// withoutKeys is a db that encrypts with the ring, as a release before did.
func withoutKeys(o *inbox.Options) { o.PersonKeys = false }

// What a release before had stored under the ring is read as before once it is encrypted with the keys of those whom it is about; the ring opens none
// of it any more, and nothing else has changed.
func TestCarryOver_EncryptsWhatThereWas(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept, withoutKeys)
	product := m.product(50)
	p := m.account(1)
	ended, _ := p.lives(product)
	p.buys(product, 1)
	before, books, places := m.exports(p.Principal), m.sums(), m.personalPlaces()
	for _, of := range carried {
		for _, column := range of.columns {
			if place := of.table + "." + column; of.table != "staff" && place != "orders.phone" && !slices.Contains(places, place) {
				t.Errorf("before, nothing of %s is encrypted with the ring", place)
			}
		}
	}
	newer := m.replica(unswept)
	for range 2 { // the second look finds nothing
		if err := carryOver(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
	}
	// A dead letter stays as it came, like its topic, for as long as it is kept: its seal covers every byte.
	if diff := cmp.Diff([]string{"dead_letter.data", "person_key.wrapped"}, m.personalPlaces()); diff != "" {
		t.Errorf("the ring opens (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, m.exports(p.Principal)); diff != "" {
		t.Errorf("what they take away (-before +after):\n%s", diff)
	}
	if m.sums() != books {
		t.Error("the books have changed")
	}
	if n := m.count(`select count(*) from person_key where carried_at is null`); n != 0 {
		t.Errorf("%d persons are still to be looked at", n)
	}
	if o := m.orderOf(ended); o.ShippingAddress.Name.Person() != p.ID {
		t.Errorf("an order's address is encrypted for %q", o.ShippingAddress.Name.Person())
	}
}

// Nobody but the sweep changes what is written once, and it nothing but whose key encrypts it.
func TestCarryOver_ChangesNothingElse(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept, withoutKeys)
	product := m.product(50)
	p := m.account(1)
	p.lives(product)
	theirs := m.allKeys().For(must(events.ReadPersonKey(p.ID, events.NewPersonKey())))
	value := events.NewPersonal("forged")
	if err := theirs.Encrypt(&value); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`select encrypt_anew('stock', 'on_hand', '(0,1)', '1', $1)`,
		`select encrypt_anew('order_history', 'note', (select ctid from order_history where note = '' limit 1), '', 'personal:' || $1)`,
		`select encrypt_anew('customer', 'name', (select ctid from customer limit 1), (select name from customer limit 1), 'in clear' || left($1, 0))`,
	} {
		if _, err := m.store.Writes.Exec(t.Context(), sql, value.Ciphertext()); err == nil {
			t.Errorf("it is done: %s", sql)
		}
	}
	var changed bool
	if err := m.store.Writes.QueryRow(t.Context(), `select encrypt_anew('customer', 'name', (select ctid from customer limit 1), 'what it was', $1)`, value.Ciphertext()).Scan(&changed); changed || err != nil {
		t.Errorf("a value that is another by now is written over: %v", err)
	}
}

// An older key of the ring may go once the keys of persons, and what is nobody's, are encrypted with the new one: nothing else needs it.
func TestSweep_WrapsKeysAnew(t *testing.T) {
	t.Parallel()
	b := &bench{t: t, kafka: &kafka{}, database: newDatabase(t)}
	s1, p1, p2 := events.GenerateRing("s1"), events.GenerateRing("p1"), events.GenerateRing("p2")
	b.keys = must(events.NewKeys(s1, p1))
	b.store = b.replica(unswept)
	id := b.register("ada@example.com")
	if _, err := b.asOwner().Exec(t.Context(), `delete from journal_personal`); err != nil {
		t.Fatal(err)
	}
	if why, want := b.open(s1, p2), `EVENT_PERSONAL_KEYS holds none of the keys that this database was written with (p1): put the old ring back; a new key stands beside the old one`; why != want {
		t.Errorf("without the old key: %q", why)
	}
	b.keys = must(events.NewKeys(s1, ring(p2, p1)))
	turned := b.replica(unswept)
	if why, want := b.open(s1, p2), `EVENT_PERSONAL_KEYS lacks key "p1", and values in person_key.wrapped can be read with it alone: put it back, last in the ring`; why != want {
		t.Errorf("before the sweep: %q", why)
	}
	if err := sweepPersonKeys(t.Context(), turned); err != nil {
		t.Fatal(err)
	}
	if why := b.open(s1, p2); why != "" {
		t.Errorf("after the sweep: %s", why)
	}
	b.keys = must(events.NewKeys(s1, p2))
	b.store = b.replica(unswept)
	if got := b.address(id); got != "ada@example.com" {
		t.Errorf("it reads %q", got)
	}
}
