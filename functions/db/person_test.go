package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// A key is found by its person, by what is theirs and by their address; who comes later begins with one. What is said of somebody who was erased, or
// to an address that nobody has, is encrypted with a key that is nobody's, another each time. What is no person's has none.
func TestKeyOf_WhoseItIs(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	product := m.product(50)
	p, gone := m.account(1), m.account(2)
	order, payment := p.buys(product, 1)
	left, _ := gone.lives(product)
	gone.erase()
	m.sweep()
	newcomer, address := events.NewID(), events.NewPersonal("Boss@Example.com")
	boss := m.hire("boss@example.com", events.OwnerRole)
	names := map[string]string{p.ID: "customer", gone.ID: "erased", newcomer: "newcomer", boss: "boss", "": "none"}
	whose := func(q events.PersonQuestion) string {
		t.Helper()
		k, err := m.store.PersonTable.KeyFor(t.Context(), q)
		if err != nil || (k.PersonID == "") != k.Key.IsZero() || k.Gone {
			t.Errorf("%+v: %+v, %v", q, k, err)
		}
		if name, known := names[k.PersonID]; known {
			return name
		}
		names[k.PersonID] = "nobody, as before"
		return "nobody"
	}
	got := []string{
		whose(events.PersonQuestion{ID: p.ID}), whose(events.PersonQuestion{ID: order}), whose(events.PersonQuestion{ID: payment}),
		whose(events.PersonQuestion{ID: boss}), whose(events.PersonQuestion{Account: events.Staff, Email: address}),
		whose(events.PersonQuestion{ID: newcomer, New: true}), whose(events.PersonQuestion{ID: newcomer, New: true}), whose(events.PersonQuestion{ID: newcomer}),
		whose(events.PersonQuestion{ID: gone.ID}), whose(events.PersonQuestion{ID: left}), whose(events.PersonQuestion{Account: events.Shopper, Email: address}),
		whose(events.PersonQuestion{ID: product}), whose(events.PersonQuestion{ID: "no id"}), whose(events.PersonQuestion{}),
	}
	want := []string{
		"customer", "customer", "customer", "boss", "boss", "newcomer", "newcomer", "newcomer", "nobody", "nobody", "nobody", "none", "none", "none",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	found, err := m.store.PersonTable.KeysOf(t.Context(), []string{gone.ID, p.ID, events.NewID()})
	states := map[string]bool{}
	for _, k := range found {
		states[names[k.PersonID]] = k.Gone
	}
	if diff := cmp.Diff(map[string]bool{"erased": true, "customer": false}, states); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

// Without the setting nobody gets a key, so that functions of a release before it read what is said; what is encrypted with one is read still.
func TestPersonKeys_Off(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	p := m.account(1)
	older := m.replica(unswept, withoutKeys)
	if k, err := older.PersonTable.KeyFor(t.Context(), events.PersonQuestion{ID: p.ID}); err != nil || k.PersonID != "" {
		t.Errorf("%+v, %v", k, err)
	}
	m.store = older
	address := events.NewID()
	m.must(events.CreateAddress.New(address, p.address()).AskedBy(p.Principal))
	if n := m.count(`select count(*) from address where id = $1 and name like 'p1.%'`, address); n != 1 {
		t.Error("an address is not encrypted with the ring")
	}
	if c := opened(m.bench, events.CustomerUpdated, must(getCustomer(t.Context(), older, events.Received[events.Lookup]{Data: events.Lookup{ID: p.ID}}))); c.Name.Plaintext() == "" {
		t.Error("what there was before is not read")
	}
	m.must(events.ChangeCustomerPassword.New(p.ID, events.NewPassword{PreviousHash: m.passwordOf(p.ID), PasswordHash: p.word()}).AskedBy(p.Principal))
}

// passwordOf is the hash that a customer's password is checked against, as whoever asks for it reads it.
func (m *market) passwordOf(id string) events.Personal {
	m.t.Helper()
	var hash events.Personal
	if err := m.owner.QueryRow(m.t.Context(), `select password_hash from customer where id = $1`, id).Scan(&hash); err != nil {
		m.t.Fatal(err)
	}
	if err := m.allKeys().Decrypt(&hash); err != nil {
		m.t.Fatal(err)
	}
	return events.NewPersonal(hash.Plaintext())
}

// Staff who are dismissed are forgotten at once.
func TestPersonKey_GoesWithStaff(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	boss, clerk := m.hire("boss@example.com", events.OwnerRole), m.hire("bo@example.com", events.OrdersRole)
	m.must(events.DeleteUser.New(clerk, events.Deletion{ExpectedVersion: 1}).AskedBy(staff(boss)))
	found := must(m.store.PersonTable.KeysOf(t.Context(), []string{clerk}))
	if diff := cmp.Diff([]events.PersonKeyState{{PersonID: clerk, Gone: true}}, found); diff != "" {
		t.Error(diff)
	}
}
