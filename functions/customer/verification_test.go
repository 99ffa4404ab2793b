package customer

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

// token is that of the last link, as the mail will have it.
func (s *shop) token() string {
	s.t.Helper()
	var id string
	for _, e := range s.Sent() {
		if e.Type == events.RequestVerification.Type() || e.Type == events.RegisterCustomer.Type() {
			id = e.Subject
		}
	}
	return mailtoken.New(s.Keys, mailtoken.EmailVerification, id)
}

func (s *shop) redeem(token string, header ...string) functiontest.Answer {
	return s.call("", http.MethodPost, "/email-verifications/redemption", fmt.Sprintf(`{"token":%q}`, token), header...)
}

// The first link comes with the registration, others on request; each confirms once, and no answer tells what is wrong with one that does not.
func TestVerification_ConfirmsOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.register("canary@example.com")
	me, first := "customer:"+c.ID, s.token()
	if a := s.call(me, http.MethodPost, "/email-verifications", ""); a.Status != http.StatusNoContent || a.Body != "" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	token := s.token()
	for name, wrong := range map[string]string{
		"an older one": first, "nonsense": "x", "half of it": token[:60], "another's secret": token[:37] + first[37:], "of nothing": mailtoken.New(s.Keys, mailtoken.EmailVerification, events.NewID()),
	} {
		if a := s.redeem(wrong); a.Status != http.StatusConflict || code(a) != "verification_closed" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	for i := range 2 { // repeated under its key, it is the same request
		if a := s.redeem(token, "Idempotency-Key", "k"); a.Status != http.StatusNoContent || a.Body != "" {
			t.Fatalf("time %d: %d %s", i, a.Status, a.Body)
		}
	}
	if a := s.redeem(token); a.Status != http.StatusConflict || code(a) != "verification_closed" {
		t.Errorf("used: %d %s", a.Status, a.Body)
	}
	var after Customer
	s.call(me, http.MethodGet, "/customers/me", "").JSON(t, &after)
	if !after.EmailVerified || after.Version != 2 {
		t.Errorf("%+v", after)
	}
	if a := s.call(me, http.MethodPost, "/email-verifications", ""); a.Status != http.StatusConflict || code(a) != "already_verified" {
		t.Errorf("once more: %d %s", a.Status, a.Body)
	}
	for _, e := range s.Sent() {
		if data := string(e.Data); strings.Contains(data, token[37:]) || strings.Contains(data, first[37:]) {
			t.Errorf("%s tells a secret", e.Type)
		}
	}
	if log := s.Log.String(); strings.Contains(log, token[37:]) || strings.Contains(log, first[37:]) {
		t.Error("the log tells a secret")
	}
}

// One request under one key is one link; one customer is sent so many, and told when to come back.
func TestVerification_IsAskedForSoOften(t *testing.T) {
	t.Parallel()
	s := setup(t)
	me := "customer:" + s.register("a@example.com").ID
	ask := func(header ...string) functiontest.Answer {
		return s.call(me, http.MethodPost, "/email-verifications", "", header...)
	}
	for range 7 {
		if a := ask("Idempotency-Key", "k"); a.Status != http.StatusNoContent {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	for range 4 {
		if a := ask(); a.Status != http.StatusNoContent {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	if a := ask(); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "720" {
		t.Errorf("a sixth: %d %v %s", a.Status, a.Header, a.Body)
	}
	asker := bus.NewAsker(events.Customer, s.Keys, s.URL())
	defer asker.Close()
	last, _ := mailtoken.ID(s.token())
	if _, err := bus.Ask(t.Context(), asker, events.GetVerification, events.Lookup{ID: last}); err == nil {
		t.Error("a refused request has made a link")
	}
}

func TestVerification_OneNetworkMeetsABound(t *testing.T) {
	t.Parallel()
	s := setupWith(t, 3)
	me := "customer:" + s.register("a@example.com").ID
	good := s.token()
	from := func(network string) []string { return []string{"X-Forwarded-For", network} }
	if a := s.redeem(good, from("198.51.100.1")...); a.Status != http.StatusNoContent { // which gives its try back
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for range 3 {
		if a := s.redeem("x", from("198.51.100.1")...); a.Status != http.StatusConflict {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	for _, a := range []functiontest.Answer{
		s.redeem("x", from("198.51.100.1")...), s.call(me, http.MethodPost, "/email-verifications", "", from("198.51.100.1")...),
	} {
		if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
			t.Errorf("%d %v %s", a.Status, a.Header, a.Body)
		}
	}
	if a := s.redeem("x", from("198.51.100.2")...); a.Status != http.StatusConflict {
		t.Errorf("from elsewhere: %d %s", a.Status, a.Body)
	}
}

func TestConfig_LetsSomeLinksThrough(t *testing.T) {
	t.Parallel()
	if err := (Config{PerLink: 1}).Check(); err != nil {
		t.Error(err)
	}
	if err := (Config{}).Check(); err == nil || !strings.Contains(err.Error(), "EMAIL_VERIFICATION_PER_ADDRESS") {
		t.Error(err)
	}
}
