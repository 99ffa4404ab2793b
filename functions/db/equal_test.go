package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

// Whether somebody has an account is no matter of how often Postgres is waited for, nor, where a password was wrong, of what it is asked: what a log-in,
// a registration and a forgotten password wait for takes as long.
func TestEqual_DecisionsAboutAccounts(t *testing.T) {
	t.Parallel()
	counts := &trips{inside: map[*pgx.Conn]bool{}}
	b := setup(t, traced(t, counts))
	known := b.register("known@example.com")
	takes := func(c events.Outgoing) (taken tripCounts) {
		t.Helper()
		counts.taken()
		if state := b.do(c); state.Problem != nil {
			t.Fatalf("%s: %v", c.Of().Declaration(), state.Problem)
		}
		return counts.taken()
	}
	registers := func(email string) events.Outgoing {
		return events.RegisterCustomer.New(events.NewID(), events.NewCustomer{
			Email: events.NewPersonal(email), Name: events.NewPersonal("N"), PasswordHash: events.NewPersonal("h"), Network: "home", VerificationHash: "v", ResetHash: "r",
		}).AskedBy(nobody)
	}
	forgets := func(email string) events.Outgoing {
		return events.RequestReset.New(events.NewID(), events.ResetRequest{Account: events.Shopper, Email: events.NewPersonal(email), TokenHash: "h"}).AskedBy(nobody)
	}
	fails := func(account string, owner events.Principal) events.Outgoing {
		return events.TryLogin.New(account, events.LoginTry{Owner: owner, Network: "home", Device: "phone"})
	}
	type work struct{ LogIn, Registration, Forgotten tripCounts }
	there := work{takes(fails(known, shopper(known))), takes(registers("known@example.com")), takes(forgets("known@example.com"))}
	not := work{takes(fails(events.NewID(), events.Principal{})), takes(registers("new@example.com")), takes(forgets("nobody@example.com"))}
	t.Logf("with an account %+v, without %+v", there, not)
	for _, w := range []*work{&there, &not} { // an account that is made is other rows than a link that is sent: as often waited for
		w.Registration.Statements, w.Forgotten.Statements = 0, 0
	}
	if diff := cmp.Diff(there, not); diff != "" {
		t.Errorf("(-with an account +without):\n%s", diff)
	}
	if there.LogIn.RoundTrips != 2 || there.Registration.RoundTrips != 2 || there.Forgotten.RoundTrips != 2 {
		t.Errorf("%+v", there)
	}
}
