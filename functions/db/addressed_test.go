package db

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

// issued tells whether the link with a token goes out.
func (m *market) issued(token string) bool {
	m.t.Helper()
	id, _ := mailtoken.ID(token)
	return m.told(events.VerificationIssued, id) == 1
}

// However many have accounts, an address that is none of theirs is written to so many times an hour and no more; who asks is answered the same. Registrations with it
// count for themselves. Somewhat later it may be written to again, and nothing of the address is kept.
func TestAddressed_AStrangersMailboxIsNotFilled(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	asks := func(email string) bool {
		t.Helper()
		token, refusal := m.wantsAddress(m.buyer(), email)
		if refusal != "" {
			t.Fatalf("refused with %s", refusal)
		}
		return m.issued(token)
	}
	registers := func(email string) (id string, made bool) {
		t.Helper()
		id, command := heard(email)
		if s := m.bench.said(command); s.Type != events.CustomerRegistrationHeard.Type() {
			t.Fatalf("%+v", s)
		}
		return id, m.count(`select count(*) from customer where id = $1`, id) == 1
	}
	var links, accounts []bool
	for _, email := range []string{"gil@example.com", "GIL@example.com", "gil@EXAMPLE.com", "Gil@example.com", "gil@example.com", "gil@example.com", "eve@example.com"} {
		links = append(links, asks(email))
	}
	for range 6 { // an account is made and given up again and again
		id, made := registers("gil@example.com")
		if accounts = append(accounts, made); made {
			m.must(events.DeleteCustomer.New(id, events.Deletion{ExpectedVersion: 1}).AskedBy(shopper(id)))
		}
	}
	five := []bool{true, true, true, true, true, false}
	if diff := cmp.Diff([][]bool{append(slices.Clone(five), true), five}, [][]bool{links, accounts}); diff != "" {
		t.Errorf("links and accounts (-want +got):\n%s", diff)
	}
	m.exec(`update addressed set spent_at = spent_at - interval '13 minutes'`)
	if got := []bool{asks("gil@example.com"), asks("gil@example.com")}; !got[0] || got[1] {
		t.Errorf("a fifth of an hour later %v", got)
	}
	if n := m.count(`select count(*) from addressed a where a::text like '%example%'`); n != 0 {
		t.Error("an address is kept")
	}
	m.exec(`update addressed set forget_at = now()`)
	m.exec(strings.ReplaceAll(verification.Purge, "$1", "10"))
	if n := m.count(`select count(*) from addressed`); n != 0 {
		t.Errorf("%d are kept for ever", n)
	}
}

// Of many at one moment, on two replicas and in any batches, no more are written than of those that come one after another.
func TestAddressed_ManyAtOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	stores, who := []*inbox.Store{m.store, m.replica()}, make([]events.Principal, 12)
	for i := range who {
		who[i] = m.buyer()
	}
	for range 4 { // else it is seldom that two look at the same moment
		email, n := events.NewID()+"@example.com", 0
		for _, issued := range atOnce(len(who), func(i int) bool {
			id := events.NewID()
			token := mailtoken.New(m.keys, mailtoken.EmailVerification, id)
			e := m.command(events.RequestEmailChange.New(id, events.EmailChange{Email: events.NewPersonal(email), TokenHash: mailtoken.Hash(token), ResetHash: "r"}).AskedBy(who[i]))
			if err := stores[i%2].Apply(t.Context(), e); err != nil {
				t.Error(err)
			}
			if got := code(m.outcome(stores[i%2], e)); got != "" {
				t.Errorf("refused with %s", got)
			}
			return m.issued(token)
		}) {
			if issued {
				n++
			}
		}
		if n != 5 {
			t.Errorf("%d links went to one address", n)
		}
	}
}
