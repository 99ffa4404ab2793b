package db

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

func (b *bench) try(account string, owner events.Principal, network, device string) events.LoginTurn {
	b.t.Helper()
	state := b.do(events.TryLogin.New(account, events.LoginTry{Owner: owner, Network: network, Device: device}))
	turn, err := events.LoginTried.Decode(b.allKeys(), state.Data)
	if err != nil || state.Problem != nil {
		b.t.Fatalf("%v %v", err, state.Problem)
	}
	return turn
}

// enter logs in: a try that was right.
func (b *bench) enter(account string, owner events.Principal, network, device string) {
	b.t.Helper()
	turn := b.try(account, owner, network, device)
	if turn.WaitSeconds > 0 {
		b.t.Fatalf("%s has to wait %d s", network, turn.WaitSeconds)
	}
	b.do(events.EndLogin.New(account, events.LoginEnd{Place: turn.Place, Stranger: turn.Stranger, Proven: true, Network: network, Device: device}))
}

// onslaught tries from n networks, each many times, all at the same moment and at two replicas, and counts how many may.
func (b *bench) onslaught(account string, owner events.Principal, n, each int) int {
	return b.atOnce(b.replica(), n*each, func(i int) events.Outgoing {
		return events.TryLogin.New(account, events.LoginTry{Owner: owner, Network: fmt.Sprintf("net %d", i%n)})
	})
}

// atOnce makes so many tries at the same moment, here and at another replica by turns, and counts how many may.
func (b *bench) atOnce(other *inbox.Store, n int, try func(i int) events.Outgoing) int {
	b.t.Helper()
	var may atomic.Int32
	var all sync.WaitGroup
	places := make(chan struct{}, 64)
	for i := range n {
		e := b.command(try(i))
		s := []*inbox.Store{b.store, other}[i%2]
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			if err := s.Apply(b.t.Context(), e); err != nil {
				b.t.Error(err)
				return
			}
			if turn, err := events.LoginTried.Decode(b.allKeys(), b.outcome(s, e).Data); err != nil {
				b.t.Error(err)
			} else if turn.WaitSeconds == 0 {
				may.Add(1)
			}
		})
	}
	all.Wait()
	return int(may.Load())
}

func TestLogin_ManyAtOnceAreNotMoreThanMay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct{ networks, each, want int }{{1, 100, 10}, {2, 50, 20}, {1000, 1, 30}, {5, 40, 30}} {
		if may := b.onslaught(events.NewID(), events.Principal{}, c.networks, c.each); may != c.want {
			t.Errorf("%+v: %d may", c, may)
		}
	}
}

// wait moves all that is counted back in time.
func (b *bench) wait(by time.Duration) {
	b.asOwnerExec(`update login_account set spent_at = spent_at - $1::interval, wrong_since = wrong_since - $1::interval, told_at = told_at - $1::interval, forget_at = forget_at - $1::interval`, by)
	b.asOwnerExec(`update login_place set spent_at = spent_at - $1::interval, known_until = known_until - $1::interval, forget_at = forget_at - $1::interval`, by)
}

func TestLogin_AKnownPlaceIsNotKeptWaiting(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := b.hire("boss@example.com", events.OwnerRole)
	b.enter(boss, staff(boss), "home", "phone")
	if may := b.onslaught(boss, staff(boss), 60, 2); may != 30 {
		t.Fatalf("%d may", may)
	}
	type seen struct {
		Waits, Says bool
		events.LoginTurn
	}
	at := func(network, device string) seen {
		turn := b.try(boss, staff(boss), network, device)
		s := seen{Waits: turn.WaitSeconds > 0, Says: turn.SaysSeconds > 0, LoginTurn: turn}
		s.WaitSeconds, s.SaysSeconds = 0, 0
		return s
	}
	got := map[string]seen{"home": at("home", ""), "phone": at("elsewhere", "phone"), "both": at("home", "phone"), "neither": at("elsewhere", "laptop")}
	want := map[string]seen{
		"home": {Says: true, LoginTurn: events.LoginTurn{Place: "home"}}, "phone": {LoginTurn: events.LoginTurn{Place: "phone"}},
		"both": {LoginTurn: events.LoginTurn{Place: "phone"}}, "neither": {Waits: true, Says: true, LoginTurn: events.LoginTurn{Place: "elsewhere", Stranger: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.wait(100 * 24 * time.Hour) // the network is forgotten, the device not yet
	b.onslaught(boss, staff(boss), 60, 1)
	if home, phone := at("home", ""), at("elsewhere", "phone"); !home.Waits || phone.Waits {
		t.Errorf("after a hundred days: home %+v, phone %+v", home, phone)
	}
}

// Whoever has registered from somewhere is known there, and who was refused is not.
func TestLogin_WhereSomebodyRegisteredIsKnown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	enrol := func(email, network string) (id, refused string) {
		id = events.NewID()
		c := events.NewCustomer{Email: events.NewPersonal(email), Name: events.NewPersonal("N"), PasswordHash: events.NewPersonal("h"), Network: network}
		return id, code(b.do(events.RegisterCustomer.New(id, c).AskedBy(events.Principal{Type: events.Anonymous})))
	}
	buyer, refused := enrol("buyer@example.com", "home")
	if refused != "" {
		t.Fatal(refused)
	}
	if _, refused := enrol("buyer@example.com", "den"); refused != "email_taken" {
		t.Fatal(refused)
	}
	if _, refused := enrol("elsewhere@example.com", ""); refused != "" {
		t.Fatal(refused)
	}
	if n := b.count(`select count(*) from login_place`); n != 1 {
		t.Errorf("%d places are known", n)
	}
	if may := b.onslaught(buyer, shopper(buyer), 60, 2); may != 30 {
		t.Fatalf("%d may", may)
	}
	if home, den := b.try(buyer, shopper(buyer), "home", ""), b.try(buyer, shopper(buyer), "den", ""); home.WaitSeconds > 0 || home.Stranger || den.WaitSeconds == 0 {
		t.Errorf("home %+v, the den of somebody else %+v", home, den)
	}
	b.wait(91 * 24 * time.Hour)
	if s, err := loginStanding(t.Context(), b.store, events.Received[events.LoginQuestion]{Data: events.LoginQuestion{AccountID: buyer, Network: "home"}}); err != nil || s.Known {
		t.Errorf("after ninety days: %+v %v", s, err)
	}
}

// What the question says before, the command says too, and asking takes nothing.
func TestLogin_StandingIsWhatATryWouldSay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	account := events.NewID()
	ask := func(network string) events.LoginStanding {
		t.Helper()
		s, err := loginStanding(t.Context(), b.store, events.Received[events.LoginQuestion]{Data: events.LoginQuestion{AccountID: account, Network: network}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for i := range 11 {
		before := ask("net")
		if turn := b.try(account, events.Principal{}, "net", ""); (before.WaitSeconds > 0) != (turn.WaitSeconds > 0) || before.Known {
			t.Errorf("try %d: %+v, then %+v", i, before, turn)
		}
	}
	if s := ask("net"); s.WaitSeconds < 300 || s.WaitSeconds > 360 {
		t.Errorf("%+v", s)
	}
	b.wait(6 * time.Minute)
	if s := ask("net"); s.WaitSeconds != 0 {
		t.Errorf("after the wait: %+v", s)
	}
}

func TestLogin_TheOwnerIsToldOnceInAWhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss, buyer := b.hire("boss@example.com", events.OwnerRole), b.register("buyer@example.com")
	told := func() (all []events.LoginAttack) {
		b.kafka.mu.Lock()
		defer b.kafka.mu.Unlock()
		for _, e := range b.kafka.records {
			if e.Type == events.LoginAttacked.Type() {
				attack, err := events.LoginAttacked.Decode(b.allKeys(), e.Data)
				if err != nil {
					t.Fatal(err)
				}
				attack.Since = time.Time{}
				all = append(all, attack)
			}
		}
		return all
	}
	b.onslaught(boss, staff(boss), 60, 1)
	b.onslaught(events.NewID(), events.Principal{}, 60, 1) // nobody's
	b.onslaught(events.DeriveID("program", "importer"), events.Principal{Type: events.Client, ID: "importer"}, 60, 1)
	want := []events.LoginAttack{{Owner: staff(boss), Wrong: 20}}
	if diff := cmp.Diff(want, told()); diff != "" {
		t.Fatalf("(-want +told):\n%s", diff)
	}
	b.wait(11 * time.Hour)
	b.onslaught(boss, staff(boss), 60, 1)
	if diff := cmp.Diff(want, told()); diff != "" {
		t.Errorf("after eleven hours:\n%s", diff)
	}
	b.wait(time.Hour)
	b.onslaught(boss, staff(boss), 60, 1)
	b.onslaught(buyer, shopper(buyer), 60, 1)
	want = append(want, events.LoginAttack{Owner: staff(boss), Wrong: 41}, events.LoginAttack{Owner: shopper(buyer), Wrong: 20})
	if diff := cmp.Diff(want, told()); diff != "" {
		t.Errorf("after twelve hours:\n%s", diff)
	}
}

func TestLogin_IsForgottenAndErased(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss, gone := b.hire("boss@example.com", events.OwnerRole), b.hire("gone@example.com", events.ViewerRole)
	buyer := b.register("buyer@example.com")
	rows := func() []int {
		return []int{b.count(`select count(*) from login_account`), b.count(`select count(*) from login_place`)}
	}
	for i := range 60 {
		b.enter(boss, staff(boss), fmt.Sprintf("net %02d", i), "phone")
	}
	if n := b.count(`select count(*) from login_place where known_until is not null`); n != domain.PlacesKept {
		t.Errorf("%d places are known", n)
	}
	b.enter(gone, staff(gone), "n", "d")
	b.enter(buyer, shopper(buyer), "n", "d")
	b.try(events.NewID(), events.Principal{}, "n", "")
	if diff := cmp.Diff([]int{4, 66}, rows()); diff != "" {
		t.Error(diff)
	}
	for _, m := range []events.Outgoing{
		events.DeleteUser.New(gone, events.Deletion{ExpectedVersion: 1}).AskedBy(staff(boss)), events.DeleteCustomer.New(buyer, events.Deletion{ExpectedVersion: 1}).AskedBy(shopper(buyer)),
	} {
		if got := code(b.do(m)); got != "" {
			t.Fatal(got)
		}
	}
	if diff := cmp.Diff([]int{2, 62}, rows()); diff != "" {
		t.Errorf("erased: %s", diff)
	}
	b.wait(26 * time.Hour)
	if err := b.store.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, domain.PlacesKept}, rows()); diff != "" {
		t.Errorf("forgotten: %s", diff)
	}
	b.wait(366 * 24 * time.Hour)
	if err := b.store.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 0}, rows()); diff != "" {
		t.Errorf("in the end: %s", diff)
	}
}

// However many accounts somebody goes through, all at one moment and at two replicas, a network has so many wrong passwords; whoever is right costs it none, and
// whoever is known goes on.
func TestLogin_ManyAccountsFromOneNetwork(t *testing.T) {
	t.Parallel()
	bounded := func(o *inbox.Options) { o.Limits.Logins = domain.LoginTerms{PerPlace: 10, Strangers: 30, Network: 7} }
	b := setup(t, bounded)
	ada := events.Principal{Type: events.Shopper, ID: events.NewID()}
	for range 20 {
		b.enter(ada.ID, ada, "office", "phone")
		b.enter(ada.ID, ada, "office", "")
	}
	if n := b.atOnce(b.replica(bounded), 40, func(int) events.Outgoing {
		return events.TryLogin.New(events.NewID(), events.LoginTry{Network: "office"})
	}); n != 7 {
		t.Errorf("%d of 40 may, all at once", n)
	}
	standing, err := loginStanding(t.Context(), b.store, events.Received[events.LoginQuestion]{Data: events.LoginQuestion{AccountID: events.NewID(), Network: "office"}})
	if err != nil || standing.WaitSeconds == 0 {
		t.Errorf("the next: %+v %v", standing, err)
	}
	if turn := b.try(ada.ID, ada, "office", ""); turn.WaitSeconds != 0 || turn.SaysSeconds == 0 {
		t.Errorf("who is known there: %+v", turn)
	}
	b.enter(ada.ID, ada, "office", "")
	if turn := b.try(events.NewID(), events.Principal{}, "office", ""); turn.WaitSeconds == 0 {
		t.Error("a log-in of one's own frees a guess at somebody else's account")
	}
	if turn := b.try(events.NewID(), events.Principal{}, "elsewhere", ""); turn.WaitSeconds != 0 {
		t.Errorf("elsewhere: %+v", turn)
	}
	b.asOwnerExec(`update network_tries set spent_at = spent_at - interval '1 hour', forget_at = forget_at - interval '25 hours' where network = 'office'`)
	if turn := b.try(events.NewID(), events.Principal{}, "office", ""); turn.WaitSeconds != 0 {
		t.Errorf("an hour later: %+v", turn)
	}
}

// So many accounts are made from one network, also with addresses that are taken, so that the bound tells nothing of them; and it is said when to come back.
func TestRegister_FromOneNetwork(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *inbox.Options) { o.Limits.RegistrationsAtNetwork = 2 })
	register := func(email, network string) *events.Problem {
		return b.do(events.RegisterCustomer.New(events.NewID(), events.NewCustomer{
			Email: events.NewPersonal(email), Name: events.NewPersonal("N"), PasswordHash: events.NewPersonal("h"), Network: network, VerificationHash: "v", ResetHash: "r" + email,
		})).Problem
	}
	for _, email := range []string{"a@example.com", "A@example.com"} {
		if p := register(email, "office"); p != nil {
			t.Fatal(p)
		}
	}
	for _, email := range []string{"a@example.com", "b@example.com"} {
		if p := register(email, "office"); p == nil || p.Status != 429 || p.Code != "too_many_attempts" || p.RetryAfter < 1700 || p.RetryAfter > 1800 {
			t.Errorf("%s: %+v", email, p)
		}
	}
	for email, network := range map[string]string{"c@example.com": "elsewhere", "d@example.com": ""} {
		if p := register(email, network); p != nil {
			t.Errorf("%s from %q: %v", email, network, p)
		}
	}
}
