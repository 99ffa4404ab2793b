package db

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// register makes a customer.
func (b *bench) register(email string) string {
	b.t.Helper()
	id := events.NewID()
	c := events.NewCustomer{Email: events.NewPersonal(email), Name: events.NewPersonal("Canary Name"), Phone: events.NewPersonal("+4930123456"), PasswordHash: events.NewPersonal("canary-hash")}
	if got := code(b.do(events.RegisterCustomer.New(id, c).AskedBy(events.Principal{Type: events.Anonymous}))); got != "" {
		b.t.Fatalf("register %s: %s", email, got)
	}
	return id
}

func home() events.PostalAddress {
	return events.PostalAddress{Name: events.NewPersonal("Canary Name"), Line1: events.NewPersonal("Canary Street 1"), City: events.NewPersonal("Canary City"), PostalCode: events.NewPersonal("12345"), Country: "DE"}
}

// opened gives what a query answered, as its asker reads it.
func opened[T any](b *bench, m events.Message[T], state T) T {
	b.t.Helper()
	raw, err := b.keys.Encode(&state)
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := m.Decode(b.allKeys(), raw)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestCustomer_LivesAndIsErased(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, stranger := b.register("Canary@Example.com"), b.register("stranger@example.com")
	other := events.NewCustomer{Email: events.NewPersonal("canary@example.com"), Name: events.NewPersonal("N"), PasswordHash: events.NewPersonal("h")}
	if got := code(b.do(events.RegisterCustomer.New(events.NewID(), other))); got != "email_taken" {
		t.Errorf("the address twice: %q", got)
	}
	change := events.Change[events.CustomerFields]{ExpectedVersion: 1, Fields: events.CustomerFields{Name: events.NewPersonal("Canary Two")}}
	if got := code(b.do(events.UpdateCustomer.New(id, change).AskedBy(shopper(stranger)))); got != "not_found" {
		t.Errorf("somebody else changes: %q", got)
	}
	if got := code(b.do(events.UpdateCustomer.New(id, change).AskedBy(shopper(id)))); got != "" {
		t.Fatalf("update: %q", got)
	}
	state, err := getCustomer(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id, MinVersion: 2}})
	if err != nil {
		t.Fatal(err)
	}
	want := events.CustomerState{Meta: events.Meta{ID: id, Version: 2}, Email: events.NewPersonal("Canary@Example.com"), Name: events.NewPersonal("Canary Two"), Status: events.AccountActive}
	if diff := cmp.Diff(want, opened(b, events.CustomerUpdated, state), cmpopts.IgnoreFields(events.Meta{}, "CreatedAt", "UpdatedAt")); diff != "" {
		t.Error(diff)
	}
	b.logIn(shopper(id), "h1")
	if got := code(b.do(events.CreateAddress.New(events.NewID(), home()).AskedBy(shopper(id)))); got != "" {
		t.Fatalf("address: %q", got)
	}
	if got := code(b.do(events.DeleteCustomer.New(id, events.Deletion{ExpectedVersion: 2}).AskedBy(shopper(id)))); got != "" {
		t.Fatalf("delete: %q", got)
	}
	for _, table := range []string{"customer", "address"} {
		if n := b.count(`select count(*) from ` + table + ` t where deleted_at is not null and t::text ~ 'p1\.|canary'`); n != 0 {
			t.Errorf("something personal is left in %s", table)
		}
	}
	if n := b.count(`select count(*) from session where owner_id = $1 and revoked_at is null`, id); n != 0 {
		t.Error("a session lives on")
	}
	if got := code(b.do(events.CreateAddress.New(events.NewID(), home()).AskedBy(shopper(id)))); got != "forbidden" {
		t.Errorf("the erased one adds an address: %q", got)
	}
	b.register("canary@example.com")
}

// What was answered to a customer, or of them, is told no more once they are erased, from memory or from disk; what became of it is.
func TestCustomer_NothingOfTheErasedIsAnsweredAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, other := events.NewID(), b.register("other@example.com")
	c := events.NewCustomer{Email: events.NewPersonal("Canary@Example.com"), Name: events.NewPersonal("Canary Name"), PasswordHash: events.NewPersonal("h")}
	registration := b.command(events.RegisterCustomer.New(id, c).AskedBy(events.Principal{Type: events.Anonymous}).WithID(events.NewID(), "what was asked"))
	address := b.command(events.CreateAddress.New(events.NewID(), home()).AskedBy(shopper(id)))
	erasure := b.command(events.DeleteCustomer.New(id, events.Deletion{ExpectedVersion: 1}).AskedBy(shopper(id)))
	others := b.command(events.CreateAddress.New(events.NewID(), home()).AskedBy(shopper(other)))
	type told struct {
		Status        events.OperationStatus
		Code          string
		Data, Refused bool
	}
	ask := func(s *inbox.Store, e events.Envelope, since time.Time, wait int) told {
		t.Helper()
		q := events.OperationQuestion{Source: e.Source, ID: e.ID, Fingerprint: e.Fingerprint, Since: since, WaitMillis: wait}
		state, err := awaitOperationAt(t.Context(), s, events.Received[events.OperationQuestion]{Data: q}, time.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return told{state.Status, code(state), len(state.Data) > 0, state.Problem != nil}
	}
	apply := func(all ...events.Envelope) {
		t.Helper()
		for _, e := range all {
			if err := b.store.Apply(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole, gone := told{Status: events.OperationSucceeded, Data: true}, told{Status: events.OperationFailed, Code: "erased", Refused: true}
	apply(registration, address, others)
	for name, e := range map[string]events.Envelope{"registration": registration, "address": address, "another's": others} {
		if got := ask(b.store, e, time.Time{}, 0); got != whole {
			t.Errorf("before, %s: %+v", name, got)
		}
	}
	apply(erasure)
	for name, s := range map[string]*inbox.Store{"from memory": b.store, "from disk": b.replica()} {
		got := []told{
			ask(s, registration, time.Time{}, 0), ask(s, address, time.Time{}, hangingMillis), ask(s, address, time.Now(), 0), ask(s, erasure, time.Time{}, 0), ask(s, others, time.Time{}, hangingMillis),
		}
		if diff := cmp.Diff([]told{gone, gone, {Status: events.OperationSucceeded}, whole, whole}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	again := registration // under its key, with the id that the request has made up this time
	again.Subject = events.NewID()
	bus.Sign(b.keys, &again)
	apply(again)
	if got := ask(b.store, registration, time.Time{}, 0); got != gone {
		t.Errorf("after a repeat: %+v", got)
	}
}

func TestCustomer_NothingPersonalIsStoredInClearButTheAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.register("Canary@Example.com")
	b.do(events.CreateAddress.New(events.NewID(), home()).AskedBy(shopper(id)))
	if n := b.count(`select (select count(*) from customer t where replace(t::text, 'canary@example.com', '') ~* 'canary|4930')
		+ (select count(*) from address t where t::text ~* 'canary') + (select count(*) from journal_personal t where t::text ~* 'canary')`); n != 0 || strings.Contains(strings.ToLower(b.told()), "canary") {
		t.Error("something personal is in clear")
	}
}

func TestAddress_IsItsCustomersOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner, stranger := b.register("a@example.com"), b.register("b@example.com")
	id := events.NewID()
	if got := code(b.do(events.CreateAddress.New(id, home()).AskedBy(shopper(owner)))); got != "" {
		t.Fatalf("create: %q", got)
	}
	moved := home()
	moved.City = events.NewPersonal("Elsewhere")
	change := events.Change[events.PostalAddress]{ExpectedVersion: 1, Fields: moved}
	for _, c := range []struct {
		name string
		m    events.Outgoing
		want string
	}{
		{"a stranger changes", events.UpdateAddress.New(id, change).AskedBy(shopper(stranger)), "not_found"},
		{"a stranger deletes", events.DeleteAddress.New(id, events.Deletion{ExpectedVersion: 1}).AskedBy(shopper(stranger)), "not_found"},
		{"staff creates", events.CreateAddress.New(events.NewID(), home()).AskedBy(staff(b.hire("boss@example.com", events.OwnerRole))), "forbidden"},
		{"its owner changes", events.UpdateAddress.New(id, change).AskedBy(shopper(owner)), ""},
		{"its owner changes what was", events.UpdateAddress.New(id, change).AskedBy(shopper(owner)), "stale_version"},
	} {
		if got := code(b.do(c.m)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	get := func(by string) (events.AddressState, error) {
		return getAddress(t.Context(), b.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: id, CustomerID: by}})
	}
	if _, err := get(stranger); !cmp.Equal(err, error(events.NotFound("address", id))) {
		t.Errorf("a stranger reads: %v", err)
	}
	state, err := get(owner)
	if err != nil {
		t.Fatal(err)
	}
	want := events.AddressState{Meta: events.Meta{ID: id, Version: 2}, CustomerID: owner, PostalAddress: moved}
	if diff := cmp.Diff(want, opened(b, events.AddressUpdated, state), cmpopts.IgnoreFields(events.Meta{}, "CreatedAt", "UpdatedAt")); diff != "" {
		t.Error(diff)
	}
	if got := code(b.do(events.DeleteAddress.New(id, events.Deletion{ExpectedVersion: 2}).AskedBy(shopper(owner)))); got != "" {
		t.Errorf("delete: %q", got)
	}
}

func TestLists_OfPeople(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.register("a@example.com")
	for _, email := range []string{"b@example.com", "c@example.com"} {
		b.register(email)
	}
	for _, city := range []string{"One", "Two", "Three"} {
		a := home()
		a.City = events.NewPersonal(city)
		b.do(events.CreateAddress.New(events.NewID(), a).AskedBy(shopper(first)))
	}
	ctx, cursor, seen := t.Context(), "", 0
	for {
		page, err := listCustomers(ctx, b.store, events.Received[events.CustomerFilter]{Data: events.CustomerFilter{Paging: events.Paging{Limit: 2, Cursor: cursor}}})
		if err != nil {
			t.Fatal(err)
		}
		seen += len(page.Items)
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	one, err := listCustomers(ctx, b.store, events.Received[events.CustomerFilter]{Data: events.CustomerFilter{Paging: events.Paging{Limit: 2}, Email: events.NewPersonal("A@example.com")}})
	if err != nil || len(one.Items) != 1 || one.Items[0].ID != first {
		t.Errorf("by address: %+v, %v", one, err)
	}
	book, err := listAddresses(ctx, b.store, events.Received[events.AddressFilter]{Data: events.AddressFilter{Paging: events.Paging{Limit: 10}, CustomerID: first}})
	if err != nil || len(book.Items) != 3 {
		t.Errorf("address book: %+v, %v", book, err)
	}
	b.hire("boss@example.com", events.OwnerRole)
	users, err := listUsers(ctx, b.store, events.Received[events.UserFilter]{Data: events.UserFilter{Paging: events.Paging{Limit: 10}}})
	if err != nil || len(users.Items) != 1 || users.Items[0].UpdatedAt.Location() != time.UTC {
		t.Errorf("staff: %+v, %v", users, err)
	}
	if seen != 3 {
		t.Errorf("%d customers", seen)
	}
}

// Whoever goes leaves no order behind that waits for money: the goods are anybody's again, and what was begun at the provider is let go.
func TestCustomer_IsErasedWithTheirUnpaidOrders(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer, other := m.product(9), m.buyer(), m.buyer()
	erase := events.DeleteCustomer.New(buyer.ID, events.Deletion{ExpectedVersion: 1}).AskedBy(buyer)
	bare, begun, challenged, theirs := m.order(buyer, one(product)), m.order(buyer, one(product)), m.order(buyer, one(product)), m.order(other, one(product))
	paid, _ := m.bought(buyer, product)
	m.pay(buyer, begun)
	challenge := m.pay(buyer, challenged)
	m.must(said(challenge, events.AuthorizeStep, events.PaymentActionStatus))
	busy := m.order(buyer, one(product))
	taken := m.pay(buyer, busy)
	m.must(said(taken, events.AuthorizeStep, events.PaymentAuthStatus))
	m.refused("payment_in_progress", erase)
	m.is(bare, product, "placed - 8/5")
	m.must(said(taken, events.CaptureStep, events.PaymentDeclinedStatus))
	m.must(erase)
	for order, want := range map[string]string{
		bare: "cancelled - 8/1", begun: "cancelled started:authorize 8/1", challenged: "cancelled requires_action:void 8/1",
		busy: "cancelled declined 8/1", theirs: "placed - 8/1", paid: "paid captured 8/1",
	} {
		m.is(order, product, want)
	}
	if n := m.told(events.PaymentVoidRequested, challenge); n != 1 {
		t.Errorf("the provider is asked %d times to let go", n)
	}
	m.must(said(challenge, events.CaptureStep, events.PaymentCapturedStatus)) // the customer had been faster
	m.is(challenged, product, "cancelled captured 8/1")
	if n := m.told(events.PaymentRefundRequested, challenge); n != 1 {
		t.Errorf("what was taken is given back %d times", n)
	}
}

// A token is good for some minutes after its customer was erased: with it nothing is read or done any more. Staff see the order for the books, but
// not what people wrote.
func TestCustomer_IsErasedForWhoeverHasTheirToken(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(9), m.buyer()
	order := m.order(buyer, one(product))
	m.must(events.CancelOrder.New(order, events.OrderReason{Reason: events.Said("Bo was ill")}).AskedBy(buyer))
	paid, payment := m.bought(buyer, product)
	m.must(events.RefundPayment.New(payment, events.RefundRequest{Amount: events.Money{Amount: 100, Currency: "USD"}, Reason: events.Said("Bo says it was wet")}).AskedBy(m.clerk))
	type sight struct {
		Orders, Payments int
		Order, Payment   string
		Note, Reason     string
	}
	look := func(by events.Principal) (s sight) {
		t.Helper()
		scope := ""
		if by.Type == events.Shopper {
			scope = by.ID
		}
		orders, err := listOrders(t.Context(), m.store, events.Received[events.OrderFilter]{Envelope: events.Envelope{By: by}, Data: events.OrderFilter{CustomerID: scope}})
		if err != nil {
			t.Fatal(err)
		}
		payments, err := listPayments(t.Context(), m.store, events.Received[events.PaymentFilter]{Envelope: events.Envelope{By: by}, Data: events.PaymentFilter{CustomerID: scope}})
		if err != nil {
			t.Fatal(err)
		}
		s.Orders, s.Payments = len(orders.Items), len(payments.Items)
		o, err := getOrder(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: order, CustomerID: scope}})
		if s.Order = code(events.OperationState{Problem: problemIn(err)}); err == nil {
			s.Note = opened(m.bench, events.OrderPlaced, o).History[1].Note.Plaintext()
		}
		p, err := getPayment(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: payment, CustomerID: scope}})
		if s.Payment = code(events.OperationState{Problem: problemIn(err)}); err == nil {
			s.Reason = opened(m.bench, events.PaymentCaptured, p).Refunds[0].Reason.Plaintext()
		}
		return s
	}
	all := sight{Orders: 2, Payments: 1, Note: "Bo was ill", Reason: "Bo says it was wet"}
	if diff := cmp.Diff([]sight{all, all}, []sight{look(buyer), look(m.clerk)}); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	m.must(events.DeleteCustomer.New(buyer.ID, events.Deletion{ExpectedVersion: 1}).AskedBy(buyer))
	want := []sight{{Order: "not_found", Payment: "not_found"}, {Orders: 2, Payments: 1}}
	if diff := cmp.Diff(want, []sight{look(buyer), look(m.clerk)}); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	m.refused("forbidden", events.CancelOrder.New(paid, events.OrderReason{Reason: events.Said("r")}).AskedBy(buyer))
	m.is(paid, product, "paid captured 8/0")
}

// problemIn is the problem that an error is; nil for none.
func problemIn(err error) *events.Problem {
	problem, _ := errors.AsType[*events.Problem](err)
	return problem
}

// Whoever changes their password is logged out everywhere, in the transaction that changes it, and one who has proven an older one changes nothing.
func TestCustomer_PasswordChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.register("canary@example.com")
	stranger := b.register("other@example.com")
	sessions := map[string]string{"phone": b.logIn(shopper(id), "phone"), "desk": b.logIn(shopper(id), "desk")}
	strangers := b.logIn(shopper(stranger), "stranger")
	credentials := func() events.Credentials {
		t.Helper()
		c, err := customerCredentials(t.Context(), b.store, events.Received[events.CredentialsQuestion]{Data: events.CredentialsQuestion{ID: id}})
		if err == nil {
			err = b.allKeys().Decrypt(&c.PasswordHash)
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	change := events.NewPassword{PreviousHash: credentials().PasswordHash, PasswordHash: events.NewPersonal("another hash")}
	for _, c := range []struct {
		by   events.Principal
		want string
	}{{shopper(stranger), "not_found"}, {staff(id), "forbidden"}, {shopper(id), ""}, {shopper(id), "password_changed"}} {
		if got := code(b.do(events.ChangeCustomerPassword.New(id, change).AskedBy(c.by))); got != c.want {
			t.Errorf("by %v: %q, want %q", c.by, got, c.want)
		}
	}
	if got := credentials().PasswordHash.Plaintext(); got != "another hash" {
		t.Errorf("stored %q", got)
	}
	for token, session := range sessions {
		if state, _ := b.rotate(session, token, token+"2"); code(state) != "invalid_grant" {
			t.Errorf("the session of the %s lives on: %+v", token, state)
		}
	}
	if state, _ := b.rotate(strangers, "stranger", "stranger2"); code(state) != "" {
		t.Errorf("somebody else's session: %+v", state.Problem)
	}
}
