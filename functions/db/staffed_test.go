package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

// status is what a customer's account is set to, by whom; it gives the code of the refusal.
func (b *bench) status(by events.Principal, id string, s events.AccountStatus) string {
	b.t.Helper()
	return code(b.do(events.SetCustomerStatus.New(id, events.CustomerStatusChange{Status: s}).AskedBy(by)))
}

// A suspended customer's log-ins end at once and nothing of theirs is carried out or shown, until they are reinstated. The journal tells who did so.
func TestCustomer_IsSuspendedAndReinstated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss, help, orders := staff(b.hire("boss@example.com", events.OwnerRole)), staff(b.hire("help@example.com", events.SupportRole)), staff(b.hire("orders@example.com", events.OrdersRole))
	who := shopper(b.register("bo@example.com"))
	session := b.logIn(who, "h1")
	for name, c := range map[string]struct {
		by      events.Principal
		id      string
		to      events.AccountStatus
		refused string
	}{
		"by themselves": {who, who.ID, events.AccountDisabled, "forbidden"}, "by nobody": {nobody, who.ID, events.AccountDisabled, "forbidden"},
		"without the permission": {orders, who.ID, events.AccountDisabled, "forbidden"}, "one who is not there": {boss, events.NewID(), events.AccountDisabled, "not_found"},
		"as what is no status": {boss, who.ID, "gone", "invalid"},
	} {
		if got := b.status(c.by, c.id, c.to); got != c.refused {
			t.Errorf("%s: %q", name, got)
		}
	}
	if state, _ := b.rotate(session, "h1", "h2"); code(state) != "" {
		t.Errorf("logged out by what was refused: %v", state.Problem)
	}
	for range 2 { // the second time it is so already
		if got := b.status(help, who.ID, events.AccountDisabled); got != "" {
			t.Fatal(got)
		}
	}
	if state, _ := b.rotate(session, "h2", "h3"); code(state) != "invalid_grant" {
		t.Errorf("still logged in: %+v", state)
	}
	new := events.NewSession{ClientID: "c", Owner: who, RefreshHash: "h4"}
	if got := code(b.do(events.CreateSession.New(events.NewID(), new))); got != "invalid_grant" {
		t.Errorf("logs in: %q", got)
	}
	if got := code(b.do(events.CreateAddress.New(events.NewID(), home()).AskedBy(who))); got != "forbidden" {
		t.Errorf("goes on: %q", got)
	}
	if got := b.status(boss, who.ID, events.AccountActive); got != "" {
		t.Fatal(got)
	}
	b.logIn(who, "h5")
	if _, version := b.verified(who.ID); version != 3 {
		t.Errorf("version %d, want 3", version)
	}
	by := map[string]events.Principal{}
	for _, e := range b.entries() {
		by[e.Results[0].Type] = e.By
	}
	for kind, want := range map[string]events.Principal{events.CustomerSuspended.Type(): help, events.CustomerReinstated.Type(): boss} {
		if by[kind] != want {
			t.Errorf("the journal has %s by %+v", kind, by[kind])
		}
	}
}

// What was a suspended customer's own is not shown to whoever has their token still.
func TestCustomer_SuspendedReadsNothing(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1000), m.buyer()
	order := events.NewID()
	m.succeedTogether([]events.Outgoing{
		events.AdjustStock.New(product, events.StockAdjustment{Delta: 1, Reason: events.StockReceived}), events.PlaceOrder.New(order, one(product)).AskedBy(buyer),
	})
	reads := func() (found int) {
		q := events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: order, CustomerID: buyer.ID}}
		if _, err := getOrder(t.Context(), m.store, q); err == nil {
			found++
		}
		page, err := listOrders(t.Context(), m.store, events.Received[events.OrderFilter]{Envelope: events.Envelope{By: buyer}, Data: events.OrderFilter{CustomerID: buyer.ID}})
		if err != nil {
			t.Fatal(err)
		}
		return found + len(page.Items)
	}
	for _, c := range []struct {
		to   events.AccountStatus
		want int
	}{{events.AccountActive, 2}, {events.AccountDisabled, 0}, {events.AccountActive, 2}} {
		m.succeedTogether([]events.Outgoing{events.SetCustomerStatus.New(buyer.ID, events.CustomerStatusChange{Status: c.to})})
		if got := reads(); got != c.want {
			t.Errorf("%s: %d answers, want %d", c.to, got, c.want)
		}
	}
}

// Staff erase a customer as they would themselves; nobody else does, and nobody whose version is another by now.
func TestCustomer_IsErasedByStaff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss, viewer := staff(b.hire("boss@example.com", events.OwnerRole)), staff(b.hire("viewer@example.com", events.ViewerRole))
	who, other := shopper(b.register("canary@example.com")), shopper(b.register("other@example.com"))
	b.do(events.CreateAddress.New(events.NewID(), home()).AskedBy(who))
	b.logIn(who, "h1")
	erase := func(by events.Principal, id string, version int64) string {
		t.Helper()
		return code(b.do(events.EraseCustomer.New(id, events.Deletion{ExpectedVersion: version}).AskedBy(by)))
	}
	for _, c := range []struct {
		name    string
		by      events.Principal
		id      string
		version int64
		want    string
	}{
		{"by themselves", who, who.ID, 1, "forbidden"},
		{"by another", other, who.ID, 1, "forbidden"},
		{"who only reads", viewer, who.ID, 1, "forbidden"},
		{"nobody", boss, events.NewID(), 1, "not_found"},
		{"another version", boss, who.ID, 2, "stale_version"},
		{"as it should be", boss, who.ID, 1, ""},
		{"twice", boss, who.ID, 2, "not_found"},
	} {
		if got := erase(c.by, c.id, c.version); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if diff := cmp.Diff([]int{0, 0, 0, 1}, []int{
		b.count(`select count(*) from customer where id = $1 and deleted_at is null`, who.ID), b.count(`select count(*) from address where deleted_at is null`),
		b.count(`select count(*) from session where owner_id = $1 and revoked_at is null`, who.ID), b.count(`select count(*) from customer where deleted_at is null`),
	}); diff != "" {
		t.Error(diff)
	}
	if id := b.register("canary@example.com"); id == who.ID {
		t.Error("the address is not free")
	}
}

// Who is added without a password is sent a link that sets the first one, for as long as an invitation is good; who is added with one is not.
func TestUser_IsInvited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := staff(b.hire("boss@example.com", events.OwnerRole))
	id := events.NewID()
	token := mailtoken.New(b.keys, mailtoken.PasswordReset, id)
	u := events.NewUser{Email: events.NewPersonal("ann@example.com"), Name: events.NewPersonal("Ann"), Roles: []events.Role{events.ViewerRole}, ResetHash: mailtoken.Hash(token)}
	if got := code(b.do(events.CreateUser.New(id, u).AskedBy(boss))); got != "" {
		t.Fatal(got)
	}
	if n := b.count(`select count(*) from password_reset where expires_at between now() + interval '71 hours' and now() + interval '73 hours' and forget_at >= expires_at`); n != 1 {
		t.Errorf("%d invitations are good for 72 hours", n)
	}
	claim := events.NotificationClaim{Kind: events.InvitationMail, UserID: id, ResetID: id, Token: "a", LeaseSeconds: 5}
	if got := code(b.do(events.ClaimNotification.New(events.NewID(), claim))); got != "" {
		t.Errorf("the mail: %q", got)
	}
	ann := staff(id)
	if got := b.redeem(ann, token); got != "" {
		t.Errorf("the link: %q", got)
	}
	if got := b.redeem(ann, token); got != "reset_closed" {
		t.Errorf("twice: %q", got)
	}
	if got := code(b.do(events.ClaimNotification.New(events.NewID(), claim))); got != "reset_closed" {
		t.Errorf("the mail afterwards: %q", got)
	}
	b.logIn(ann, "h1")
	b.hire("bob@example.com", events.ViewerRole)
	if n := b.count(`select count(*) from password_reset`); n != 1 {
		t.Errorf("%d are invited", n)
	}
}

// An invitation to do one thing is no way in to do another: with other roles its link is good for nothing, and another name changes nothing.
func TestUser_AnInvitationEndsWithItsRoles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := staff(b.hire("boss@example.com", events.OwnerRole))
	for name, c := range map[string]struct {
		change func(*events.UserFields)
		want   string
	}{
		"another name": {func(f *events.UserFields) { f.Name = events.NewPersonal("Anne") }, ""},
		"other roles":  {func(f *events.UserFields) { f.Roles = []events.Role{events.OwnerRole} }, "reset_closed"},
	} {
		id, email := events.NewID(), events.NewPersonal(events.NewID()+"@example.com")
		token := mailtoken.New(b.keys, mailtoken.PasswordReset, id)
		u := events.NewUser{Email: email, Name: events.NewPersonal("Ann"), Roles: []events.Role{events.ViewerRole}, ResetHash: mailtoken.Hash(token)}
		fields := events.UserFields{Email: email, Name: u.Name, Roles: u.Roles, Status: events.AccountActive}
		c.change(&fields)
		for _, command := range []events.Outgoing{events.CreateUser.New(id, u), events.UpdateUser.New(id, events.Change[events.UserFields]{ExpectedVersion: 1, Fields: fields})} {
			if got := code(b.do(command.AskedBy(boss))); got != "" {
				t.Fatalf("%s: %q", name, got)
			}
		}
		if got := b.redeem(staff(id), token); got != c.want {
			t.Errorf("%s: the link: %q", name, got)
		}
	}
}
