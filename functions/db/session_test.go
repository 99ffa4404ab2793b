package db

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// asOwnerExec does what no command does.
func (b *bench) asOwnerExec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.asOwner().Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) logIn(owner events.Principal, hash string) string {
	b.t.Helper()
	id := events.NewID()
	if got := code(b.do(events.CreateSession.New(id, events.NewSession{ClientID: "c", Owner: owner, RefreshHash: hash, ExpiresAt: time.Now().Add(time.Hour)}))); got != "" {
		b.t.Fatalf("log in: %s", got)
	}
	return id
}

func (b *bench) rotate(session, presented, next string) (events.OperationState, events.SessionState) {
	b.t.Helper()
	state := b.do(events.RotateSession.New(session, events.Rotation{PresentedHash: presented, NextHash: next, ClientID: "c", ExpiresAt: time.Now().Add(time.Hour)}))
	s, err := events.SessionRotated.Decode(b.allKeys(), state.Data)
	if state.Problem == nil && err != nil {
		b.t.Fatal(err)
	}
	return state, s
}

func TestSession_RotatesWithTheRolesOfNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := b.hire("boss@example.com", events.OwnerRole)
	id := b.hire("ann@example.com", events.ViewerRole)
	session := b.logIn(staff(id), "h1")
	b.asOwnerExec(`update staff set roles = '{catalog,orders}' where id = $1`, id)
	state, s := b.rotate(session, "h1", "h2")
	if diff := cmp.Diff([]events.Role{events.CatalogRole, events.OrdersRole}, s.Roles); diff != "" || state.Type != events.SessionRotated.Type() {
		t.Errorf("%s: %s", state.Type, diff)
	}
	found, err := findSession(t.Context(), b.store, events.Received[events.SessionQuestion]{Data: events.SessionQuestion{RefreshHash: "h1"}})
	if err != nil || found.Current || found.Revoked || found.Owner != staff(id) {
		t.Errorf("the earlier token finds %+v, %v", found, err)
	}
	if got := b.update(boss, id, 1, fieldsOf("ann@example.com", events.AccountDisabled, events.CatalogRole)); got != "" {
		t.Fatal(got)
	}
	if state, _ := b.rotate(session, "h2", "h3"); code(state) != "invalid_grant" {
		t.Errorf("a disabled account rotates: %+v", state)
	}
	if got := code(b.do(events.CreateSession.New(events.NewID(), events.NewSession{ClientID: "c", Owner: staff(id), RefreshHash: "h9", ExpiresAt: time.Now().Add(time.Hour)}))); got != "invalid_grant" {
		t.Errorf("a disabled account logs in: %q", got)
	}
}

func TestSession_AnEarlierTokenEndsTheFamily(t *testing.T) {
	t.Parallel()
	b := setup(t)
	buyer := b.register("buyer@example.com")
	session, bystander := b.logIn(shopper(buyer), "a1"), b.logIn(shopper(buyer), "b1")
	b.rotate(session, "a1", "a2")
	b.rotate(session, "a2", "a3")
	if state, _ := b.rotate(session, "never", "a4"); code(state) != "invalid_grant" {
		t.Errorf("an invented token: %+v", state)
	}
	if state, _ := b.rotate(bystander, "a3", "a4"); code(state) != "invalid_grant" {
		t.Errorf("a token of another family: %+v", state)
	}
	if state, _ := b.rotate(session, "a1", "a4"); state.Type != events.SessionRevoked.Type() {
		t.Errorf("reuse: %s %+v", state.Type, state.Problem)
	}
	if state, _ := b.rotate(session, "a3", "a4"); code(state) != "invalid_grant" {
		t.Errorf("the newest of a dead family: %+v", state)
	}
	if state, _ := b.rotate(bystander, "b1", "b2"); code(state) != "" {
		t.Errorf("another family: %+v", state.Problem)
	}
}

func TestSession_EndsForAnotherClientAfterItsTimeAndWhenRevoked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	buyer := b.register("buyer@example.com")
	session := b.logIn(shopper(buyer), "a1")
	other := events.Rotation{PresentedHash: "a1", NextHash: "a2", ClientID: "other", ExpiresAt: time.Now().Add(time.Hour)}
	if got := code(b.do(events.RotateSession.New(session, other))); got != "invalid_grant" {
		t.Errorf("another client: %q", got)
	}
	b.rotate(session, "a1", "a2")
	if got := b.do(events.RevokeSession.New(session, events.Revocation{RefreshHash: "a1"})); got.Type != events.SessionRevoked.Type() {
		t.Errorf("revoked by an earlier token: %+v", got)
	}
	if state, _ := b.rotate(session, "a2", "a3"); code(state) != "invalid_grant" {
		t.Errorf("revoked: %+v", state)
	}
	late := b.logIn(shopper(buyer), "l1")
	b.asOwnerExec(`update session set expires_at = now() - interval '1 second' where id = $1`, late)
	if state, _ := b.rotate(late, "l1", "l2"); code(state) != "invalid_grant" {
		t.Errorf("expired: %+v", state)
	}
	b.logIn(shopper(buyer), "n1")
	if n := b.count(`select count(*) from session where id = $1`, late); n != 0 {
		t.Error("the expired session is still kept")
	}
}

func TestSession_OfFiftyRotationsAtOnceOneWins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.replica()
	buyer := b.register("buyer@example.com")
	session := b.logIn(shopper(buyer), "a1")
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 50 {
		e := b.command(events.RotateSession.New(session, events.Rotation{PresentedHash: "a1", NextHash: "next" + strconv.Itoa(i), ClientID: "c", ExpiresAt: time.Now().Add(time.Hour)}))
		s := []*inbox.Store{b.store, other}[i%2]
		all.Go(func() {
			if err := s.Apply(t.Context(), e); err != nil {
				t.Error(err)
				return
			}
			if b.outcome(s, e).Type == events.SessionRotated.Type() {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d won", won.Load())
	}
	if n := b.count(`select count(*) from session where revoked_at is not null`); n != 1 {
		t.Error("the reuse did not end the family")
	}
}
