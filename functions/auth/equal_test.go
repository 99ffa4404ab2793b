package auth

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
)

// work is an answer as its caller sees it, and what it took: what was hashed, sent and asked.
type work struct {
	Status int
	Body   string
	Header http.Header
	Hashes float64
	Sent   []string
	Asked  []string
}

// of is the work of one request. A slow machine asks twice what became of a command.
func (s *theater) of(request func() functiontest.Answer) work {
	s.t.Helper()
	hashes, sent, asked := s.hashes(), len(s.Sent()), len(s.Asked())
	a := request()
	w := work{Status: a.Status, Body: a.Body, Header: a.Header.Clone(), Hashes: s.hashes() - hashes, Asked: slices.Compact(s.Asked()[asked:])}
	w.Header.Del("Traceparent")
	for _, e := range s.Sent()[sent:] {
		w.Sent = append(w.Sent, e.Type)
	}
	return w
}

// account is a customer's.
func (s *theater) account(email string, hash events.Personal) {
	s.t.Helper()
	s.Do(events.RegisterCustomer.New(events.NewID(), events.NewCustomer{Email: events.NewPersonal(email), Name: events.NewPersonal("N"), PasswordHash: hash}))
}

// Who tries 200 wrong passwords at accounts that there are, and 200 where there are none, and asks 200 times each for a new password, gets the same
// answers for the same work: neither what is answered nor how long it takes tells which are which.
func TestAccounts_ShowInNoAnswerAndNoWork(t *testing.T) {
	t.Parallel()
	s := setup(t, "PASSWORD_RESET_PER_ADDRESS", "1000", "LOGIN_PER_ADDRESS", "1000")
	const accounts, tries = 25, 8 // fewer than one account has from one place
	hash := events.NewPersonal(cheapHash(t, secret))
	for i := range accounts {
		s.account(fmt.Sprintf("known%d@example.com", i), hash)
	}
	both := func(what string, request func(email string) functiontest.Answer) {
		t.Helper()
		want := s.of(func() functiontest.Answer { return request("unknown@example.com") })
		for i := range accounts * tries {
			for _, kind := range []string{"known", "unknown"} {
				email := fmt.Sprintf("%s%d@example.com", kind, i%accounts)
				if diff := cmp.Diff(want, s.of(func() functiontest.Answer { return request(email) })); diff != "" {
					t.Fatalf("%s of %s, time %d (-first +now):\n%s", what, email, i, diff)
				}
			}
		}
		if strings.Contains(want.Body, "unknown") || len(want.Sent) == 0 {
			t.Errorf("%s: %+v", what, want)
		}
	}
	both("a log-in", func(email string) functiontest.Answer { return s.password("storefront", email, wrong) })
	both("a reset", func(email string) functiontest.Answer { return s.forgotten("customer", email) })
}

// BenchmarkAccounts tells how long it takes to try a wrong password, and to ask for a new one, of accounts that there are and of some that there are not.
// After some tries each account is another: it would have to wait.
func BenchmarkAccounts(b *testing.B) {
	s := setup(b, "PASSWORD_RESET_PER_ADDRESS", "1000000", "LOGIN_PER_ADDRESS", "1000000")
	hash, made := events.NewPersonal(cheapHash(b, secret)), 0
	for _, kind := range []string{"known", "unknown"} {
		for what, request := range map[string]func(email string) (got, want int){
			"reset": func(email string) (got, want int) { return s.forgotten("customer", email).Status, http.StatusAccepted },
			"log-in": func(email string) (got, want int) {
				return s.password("storefront", email, wrong).Status, http.StatusBadRequest
			},
		} {
			b.Run(what+"/"+kind, func(b *testing.B) {
				email := ""
				for i := 0; b.Loop(); i++ {
					if i%8 == 0 {
						b.StopTimer()
						made++
						email = fmt.Sprintf("%s%d@example.com", kind, made)
						s.account(fmt.Sprintf("known%d@example.com", made), hash) // beside whoever is not there, too
						b.StartTimer()
					}
					if got, want := request(email); got != want {
						b.Fatalf("%d, want %d", got, want)
					}
				}
			})
		}
	}
}
