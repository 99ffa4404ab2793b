package customer

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// hashes counts the passwords that were hashed so far.
func (s *shop) hashes() float64 {
	s.t.Helper()
	families, err := s.metrics.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "mart_password_hashes_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	s.t.Fatal("nobody counts the hashes")
	return 0
}

// work is an answer as its caller sees it, and what it took: what was hashed, sent and asked, and what the command said.
type work struct {
	Status  int
	Body    string
	Header  http.Header
	Hashes  float64
	Sent    []string
	Members []bool
	Asked   []string
}

// registering is the work of one registration.
func (s *shop) registering(email string) work {
	s.t.Helper()
	hashes, sent, asked := s.hashes(), len(s.Sent()), len(s.Asked())
	a := s.call("", http.MethodPost, "/customers", `{"email":"`+email+`","name":"N","password":"`+secret+`"}`)
	w := work{Status: a.Status, Body: a.Body, Header: a.Header.Clone(), Hashes: s.hashes() - hashes, Asked: slices.Compact(s.Asked()[asked:])} // a slow machine asks twice what became of it
	w.Header.Del("Traceparent")
	for _, e := range s.Sent()[sent:] {
		w.Sent = append(w.Sent, e.Type)
		c, err := events.RegisterCustomer.Decode(s.Keys, e.Data)
		if err != nil {
			s.t.Fatal(err)
		}
		w.Members = append(w.Members, !c.PasswordHash.IsZero(), c.Network != "", c.VerificationHash != "", c.ResetHash != "")
	}
	return w
}

// Whoever registers 200 times with addresses that are taken, and 200 times with others, gets the same answers for the same work: neither what is
// answered nor how long it takes tells which are which. What an account is sent is bounded, and does not show either.
func TestRegistration_TellsNothingOfWhoIsThere(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const each = 200
	s.register("taken@example.com")
	want := work{
		Status: http.StatusOK, Body: heard, Header: http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"application/json"}},
		Hashes: 1, Sent: []string{events.RegisterCustomer.Type()}, Members: []bool{true, true, true, true}, Asked: []string{"operation.await.v1"},
	}
	for i := range each {
		for kind, email := range map[string]string{"taken": "Taken@example.com", "free": fmt.Sprintf("free%d@example.com", i)} {
			if diff := cmp.Diff(want, s.registering(email)); diff != "" {
				t.Fatalf("%s, time %d (-want +got):\n%s", kind, i, diff)
			}
		}
	}
}

// BenchmarkRegister tells how long it takes to register with an address that is taken and with one that is free.
func BenchmarkRegister(b *testing.B) {
	s := setup(b)
	s.register("taken@example.com")
	n := 0
	for kind, email := range map[string]func() string{
		"taken": func() string { return "taken@example.com" },
		"free":  func() string { n++; return fmt.Sprintf("free%d@example.com", n) },
	} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				if a := s.call("", http.MethodPost, "/customers", `{"email":"`+email()+`","name":"N","password":"`+secret+`"}`); a.Status != http.StatusOK {
					b.Fatalf("%d %s", a.Status, a.Body)
				}
			}
		})
	}
}
