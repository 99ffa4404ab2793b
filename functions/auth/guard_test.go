package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/password"
)

// Where people are in these tests. TRUSTED_PROXIES is where the test's own requests come from.
const (
	proxies = "192.0.2.0/24"
	home    = "198.51.100.1"
	away    = "203.0.113.9"
)

// network64 is the address of one of very many networks.
func network64(n int) string { return fmt.Sprintf("2001:db8:%x:%x::1", n>>16, n&0xffff) }

// from logs in from an address; more are names and values.
func (s *theater) from(address, client, email, password string, more ...string) functiontest.Answer {
	form := url.Values{"grant_type": {"password"}, "client_id": {client}, "username": {email}, "password": {password}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return functiontest.Call(s.api, http.MethodPost, "/oauth/token", form.Encode(), "Content-Type", formType, "X-Forwarded-For", address)
}

// attack guesses from n networks, once from each, and counts how many passwords were looked at.
func (s *theater) attack(client, email string, n, first int) (looked int) {
	s.t.Helper()
	before := s.hashes()
	for i := range n {
		got := failed(s.from(network64(first+i), client, email, wrong))
		if got != (failure{400, invalidGrant}) && got != (failure{429, tooMany}) {
			s.t.Fatalf("network %d: %v", i, got)
		}
	}
	return int(s.hashes() - before)
}

func TestGuard_OneNetworkKeepsNobodyElseOut(t *testing.T) {
	t.Parallel()
	s := setup(t, "TRUSTED_PROXIES", proxies)
	for _, who := range [][2]string{{"storefront", buyerEmail}, {"backoffice", bossEmail}} {
		for i := range 10 {
			if got := failed(s.from(home, who[0], strings.ToUpper(who[1]), wrong)); got != (failure{400, invalidGrant}) {
				t.Fatalf("%s: try %d: %v", who[0], i, got)
			}
		}
		before := s.hashes()
		late := s.from(home, who[0], who[1], secret)
		seconds, err := strconv.Atoi(late.Header.Get("Retry-After"))
		if failed(late) != (failure{429, tooMany}) || err != nil || seconds < 1 || seconds > 360 || s.hashes() != before {
			t.Errorf("%s: the eleventh: %d %s %v", who[0], late.Status, late.Body, late.Header)
		}
		s.tokens(s.from(away, who[0], who[1], secret))
	}
}

func TestGuard_AThousandNetworksMeetABound(t *testing.T) {
	t.Parallel()
	s := setup(t, "TRUSTED_PROXIES", proxies)
	device := s.tokens(s.from(home, "backoffice", bossEmail, secret)).Device
	if looked := s.attack("backoffice", bossEmail, 1000, 0); looked != 30 {
		t.Errorf("%d passwords were looked at, want 30 whatever the number of networks", looked)
	}
	if got := failed(s.from(away, "backoffice", bossEmail, secret)); got != (failure{429, tooMany}) {
		t.Errorf("a stranger with the right password: %v", got)
	}
	s.tokens(s.from(home, "backoffice", bossEmail, secret)) // where they have logged in from before
	if again := s.tokens(s.from(away, "backoffice", bossEmail, secret, "device", device)); again.Device != device {
		t.Errorf("the device was given another value: %q, had %q", again.Device, device)
	}
	s.tokens(s.from(away, "backoffice", bossEmail, secret)) // known by now
	s.tokens(s.from(away, "storefront", buyerEmail, secret))
}

// Who is not there is treated as who is, answer by answer and hash by hash.
func TestGuard_TellsNothingOfWhoIsThere(t *testing.T) {
	t.Parallel()
	s := setup(t, "TRUSTED_PROXIES", proxies)
	type told struct {
		failure
		Body   string
		Later  bool
		Looked float64
	}
	watch := func(email string) (all []told) {
		for i := range 50 {
			address, before := home, s.hashes()
			if i >= 12 {
				address = network64(i)
			}
			a := s.from(address, "storefront", email, wrong, "device", deviceOf("", events.LoginTurn{}))
			body := a.Body
			if a.Status == 429 {
				body = "" // the seconds pass
			}
			all = append(all, told{failed(a), body, a.Header.Get("Retry-After") != "", s.hashes() - before})
		}
		return all
	}
	there, absent := watch(buyerEmail), watch("nobody@example.com")
	if diff := cmp.Diff(there, absent, cmp.AllowUnexported(told{})); diff != "" {
		t.Errorf("(-there +absent):\n%s", diff)
	}
	looked := 0.0
	for _, one := range there {
		looked += one.Looked
	}
	if looked != 30 {
		t.Errorf("%v were looked at", looked)
	}
}

// At the limits a wrong password from a network at which somebody has logged in is answered as a stranger's, so that those who share it
// learn nothing of them. Only the right one is let in.
func TestGuard_TheLimitsTellNotWhoHasBeenHere(t *testing.T) {
	t.Parallel()
	s := setup(t, "TRUSTED_PROXIES", proxies, "LOGIN_PER_ADDRESS", "20")
	device := s.tokens(s.from(home, "storefront", buyerEmail, secret)).Device
	const absent = "nobody@example.com"
	same := func(when string, want failure) {
		t.Helper()
		known, unknown := s.from(home, "storefront", buyerEmail, wrong), s.from(home, "storefront", absent, wrong)
		seconds := func(a functiontest.Answer) int {
			n, _ := strconv.Atoi(a.Header.Get("Retry-After"))
			return n
		}
		passed := seconds(known) - seconds(unknown) // while the requests were sent one after the other
		if failed(known) != want || failed(unknown) != want || passed < -10 || passed > 10 {
			t.Errorf("%s: known %v %v, unknown %v %v, want %v", when, failed(known), known.Header, failed(unknown), unknown.Header, want)
		}
	}
	same("nobody attacks", failure{400, invalidGrant})
	for i := range 40 {
		s.from(network64(i), "storefront", buyerEmail, wrong)
		s.from(network64(i), "storefront", absent, wrong)
	}
	same("strangers attack both", failure{429, tooMany})
	s.tokens(s.from(home, "storefront", buyerEmail, secret))
	if got := failed(s.from(away, "storefront", buyerEmail, wrong, "device", device)); got != (failure{400, invalidGrant}) {
		t.Errorf("from a device that shows that it has been here: %v", got)
	}
	s.tokens(s.from(away, "storefront", buyerEmail, secret, "device", device))
	for i := range 25 {
		s.from(home, "storefront", fmt.Sprintf("nobody%d@example.com", i), wrong)
	}
	same("the network has tried too many accounts", failure{429, tooMany})
	s.tokens(s.from(home, "storefront", buyerEmail, secret))
}

// Nor does the time tell: whatever must wait is answered at one time after it came, whether a password was looked at or not.
func TestGuard_WhatMustWaitTakesEquallyLong(t *testing.T) {
	t.Parallel()
	s := setup(t)
	r := s.Runtime(events.Auth, s.env)
	var c Config
	if err := r.Configure(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	c.LatePause = 5 * time.Second
	a, err := newAuthority(c, r)
	if err != nil {
		t.Fatal(err)
	}
	var until []time.Time
	a.pause = func(_ context.Context, at time.Time) { until = append(until, at) }
	attempt := func(address string, guess error) (int, error) {
		before, began := len(until), time.Now()
		turn, err := a.guard(t.Context(), a.attemptOf(address, s.buyer, events.Principal{}, ""), func() error { return guess })
		if err == nil {
			a.recordProven(t.Context(), a.attemptOf(address, s.buyer, events.Principal{}, ""), turn, "")
		}
		for _, at := range until[before:] {
			if at.Before(began.Add(c.LatePause)) || at.After(time.Now().Add(c.LatePause)) {
				t.Errorf("it takes until %v, and came at %v", at, began)
			}
		}
		return len(until) - before, err
	}
	if n, err := attempt(home, nil); n != 0 || err != nil {
		t.Errorf("the right password: %d pauses, %v", n, err)
	}
	for i := range 30 {
		if n, err := attempt(fmt.Sprintf("203.0.113.%d", i), errBadPassword); n != 0 || !errors.Is(err, errBadPassword) {
			t.Fatalf("guess %d: %d pauses, %v", i, n, err)
		}
	}
	for address, looked := range map[string]bool{home: true, away: false} {
		var wait *password.TooMany
		if n, err := attempt(address, errBadPassword); n != 1 || !errors.As(err, &wait) {
			t.Errorf("%s (looked at: %v): %d pauses, %v", address, looked, n, err)
		}
	}
}

// What a device was given is good for one account, and for ten wrong passwords an hour there.
func TestGuard_ADevicesValueOpensNothing(t *testing.T) {
	t.Parallel()
	s := setup(t, "TRUSTED_PROXIES", proxies)
	bosses := s.tokens(s.from(home, "backoffice", bossEmail, secret)).Device
	s.attack("storefront", buyerEmail, 40, 0)
	for name, device := range map[string]string{
		"another account's": bosses, "an invented one": deviceOf("", events.LoginTurn{}), "a short one": "AAAA", "no base64": strings.Repeat("?", 43), "its hash": deviceHash(bosses),
	} {
		if got := failed(s.from(away, "storefront", buyerEmail, secret, "device", device)); got != (failure{429, tooMany}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	for i := range 10 {
		if got := failed(s.from(network64(i), "backoffice", bossEmail, wrong, "device", bosses)); got.Status != 400 {
			t.Fatalf("try %d: %v", i, got)
		}
	}
	if got := failed(s.from(network64(99), "backoffice", bossEmail, secret, "device", bosses)); got != (failure{429, tooMany}) {
		t.Errorf("a stolen one guesses on: %v", got)
	}
	s.tokens(s.from(home, "backoffice", bossEmail, secret))
}

func TestGuard_OneNetworkMeetsABoundOverAllAccounts(t *testing.T) {
	t.Parallel()
	s := setup(t, "TRUSTED_PROXIES", proxies, "LOGIN_PER_ADDRESS", "6")
	for range 8 {
		s.tokens(s.from(home, "storefront", buyerEmail, secret)) // who knows the password is not slowed down
	}
	for i := range 6 {
		if got := failed(s.from(home, "storefront", fmt.Sprintf("nobody%d@example.com", i), wrong)); got.Status != 400 {
			t.Fatalf("nobody %d: %v", i, got)
		}
	}
	if got := failed(s.from(home, "storefront", "nobody9@example.com", wrong)); got != (failure{429, tooMany}) {
		t.Errorf("the network: %v", got)
	}
	s.tokens(s.from(home, "storefront", buyerEmail, secret)) // has logged in from there before
	if got := failed(s.from(away, "storefront", "nobody9@example.com", wrong)); got.Status != 400 {
		t.Errorf("another network: %v", got)
	}
}

// Nobody keeps a program out who knows its name, be it an instance that has seen its secret or a new one.
func TestGuard_Programs(t *testing.T) {
	t.Parallel()
	s := setup(t, "TRUSTED_PROXIES", proxies)
	ask := func(h http.Handler, address, secret string) functiontest.Answer {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"importer"}, "client_secret": {secret}}
		return functiontest.Call(h, http.MethodPost, "/oauth/token", form.Encode(), "Content-Type", formType, "X-Forwarded-For", address)
	}
	if a := ask(s.api, home, clientKey); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	before := s.hashes()
	for i := range 60 {
		ask(s.api, network64(i), wrong)
	}
	if looked := s.hashes() - before; looked != 30 {
		t.Errorf("%v secrets were looked at", looked)
	}
	other, err := build(t.Context(), s.Runtime(events.Auth, s.env))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		a    functiontest.Answer
		want int
	}{
		"an instance that has seen it": {ask(s.api, away, clientKey), 200},
		"a new one":                    {ask(other.API, home, clientKey), 200},
		"a new one, from elsewhere":    {ask(other.API, network64(1000), wrong), 429},
	} {
		if c.a.Status != c.want {
			t.Errorf("%s: %d %s", name, c.a.Status, c.a.Body)
		}
	}
}

// A password that nobody could look at was no guess.
func TestGuard_GivesBackWhatWasNeverLookedAt(t *testing.T) {
	t.Parallel()
	s := setup(t)
	r := s.Runtime(events.Auth, s.env)
	var c Config
	if err := r.Configure(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	a, err := newAuthority(c, r)
	if err != nil {
		t.Fatal(err)
	}
	try := a.attemptOf(home, events.NewID(), events.Principal{}, "")
	for i := range 40 {
		if _, err := a.guard(t.Context(), try, func() error { return password.ErrBusy }); !errors.Is(err, password.ErrBusy) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
}
