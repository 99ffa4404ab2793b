package auth

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

const chosen = "canary-password-3"

func (s *theater) forgotten(account, email string, header ...string) functiontest.Answer {
	body := fmt.Sprintf(`{"account":%q,"email":%q}`, account, email)
	return functiontest.Call(s.api, http.MethodPost, "/password-resets", body, append(header, "Content-Type", "application/json")...)
}

func (s *theater) redeem(token, password string, header ...string) functiontest.Answer {
	body := fmt.Sprintf(`{"token":%q,"password":%q}`, token, password)
	return functiontest.Call(s.api, http.MethodPost, "/password-resets/redemption", body, append(header, "Content-Type", "application/json")...)
}

// token is that of the last request, once db has decided it, as the mail will have it.
func (s *theater) token() string {
	s.t.Helper()
	var last events.Envelope
	for _, e := range s.Sent() {
		if e.Type == events.RequestReset.Type() {
			last = e
		}
	}
	asker := bus.NewAsker(events.Auth, s.Keys, s.URL())
	defer asker.Close()
	state, err := bus.Ask(s.t.Context(), asker, events.AwaitOperation, events.OperationQuestion{Source: last.Source, ID: last.ID, WaitMillis: 10000})
	if err != nil || state.Status != events.OperationSucceeded {
		s.t.Fatalf("%+v %v", state, err)
	}
	return mailtoken.New(s.Keys, mailtoken.PasswordReset, last.Subject)
}

// Who is there, who is not, and who has the other kind of account are answered alike: status, headers and body. No password is hashed, and
// nothing is asked of db, for which the answer would wait.
func TestReset_TellsNothingOfWhoIsThere(t *testing.T) {
	t.Parallel()
	s := setup(t, "PASSWORD_RESET_PER_ADDRESS", "1000")
	type told struct {
		Status int
		Body   string
		Header http.Header
	}
	before := s.hashes()
	want := told{http.StatusAccepted, "", http.Header{"Cache-Control": {"no-store"}}}
	for name, who := range map[string][2]string{
		"a customer": {"customer", buyerEmail}, "nobody": {"customer", "nobody@example.com"}, "a member of staff as a customer": {"customer", bossEmail},
		"a member of staff": {"staff", bossEmail}, "no member of staff": {"staff", "nobody@example.com"}, "a customer as staff": {"staff", buyerEmail},
		"a customer in capitals": {"customer", strings.ToUpper(buyerEmail)},
	} {
		for range 20 { // also beyond what one account is sent
			a := s.forgotten(who[0], who[1])
			header := a.Header.Clone()
			header.Del("Traceparent")
			if diff := cmp.Diff(want, told{a.Status, a.Body, header}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	if n := s.hashes() - before; n != 0 {
		t.Errorf("%v passwords were hashed", n)
	}
	for _, bad := range [][2]string{{"customer", "x"}, {"owner", buyerEmail}, {"", buyerEmail}} {
		if a := s.forgotten(bad[0], bad[1]); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d %s", bad, a.Status, a.Body)
		}
	}
}

func TestReset_ATokenSetsAPasswordOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for door, who := range map[string][2]string{"storefront": {"customer", buyerEmail}, "backoffice": {"staff", bossEmail}} {
		before := s.tokens(s.password(door, who[1], secret))
		s.forgotten(who[0], who[1])
		older := s.token()
		s.forgotten(who[0], who[1])
		token := s.token()
		hashes := s.hashes()
		closed := s.redeem("nonsense", chosen)
		if closed.Status != http.StatusConflict || !strings.Contains(closed.Body, `"reset_closed"`) {
			t.Errorf("nonsense: %d %s", closed.Status, closed.Body)
		}
		for name, wrong := range map[string]string{"an older one": older, "a made-up one": mailtoken.New(s.Keys, mailtoken.PasswordReset, events.NewID()), "half of it": token[:60], "another's secret": token[:37] + older[37:]} {
			s.same(name, closed, s.redeem(wrong, chosen))
		}
		if n := s.hashes() - hashes; n != 0 {
			t.Errorf("%v passwords were hashed for wrong tokens", n)
		}
		for _, weak := range []string{"short", strings.ToLower(who[1]), "password123"} {
			if a := s.redeem(token, weak); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "body.password") {
				t.Errorf("%s: %d %s", weak, a.Status, a.Body)
			}
		}
		for i := range 2 { // repeated under its key, it is the same request
			if a := s.redeem(token, chosen, "Idempotency-Key", door); a.Status != http.StatusNoContent || a.Body != "" {
				t.Fatalf("time %d: %d %s", i, a.Status, a.Body)
			}
		}
		s.same("used", closed, s.redeem(token, chosen))
		if got := failed(s.post("/oauth/token", "grant_type", "refresh_token", "client_id", door, "refresh_token", before.RefreshToken)); got != (failure{400, invalidGrant}) {
			t.Errorf("%s: the log-in from before: %v", door, got)
		}
		if got := failed(s.password(door, who[1], secret)); got != (failure{400, invalidGrant}) {
			t.Errorf("%s: the old password: %v", door, got)
		}
		s.tokens(s.password(door, who[1], chosen))
		for _, e := range s.Sent() {
			if data := string(e.Data); strings.Contains(data, token[37:]) || strings.Contains(data, chosen) || strings.Contains(data, "argon2id") || strings.Contains(strings.ToLower(data), "canary.") {
				t.Errorf("%s tells a secret", e.Type)
			}
		}
		if log := s.Log.String(); strings.Contains(log, token[37:]) || strings.Contains(log, chosen) || strings.Contains(strings.ToLower(log), "canary.") {
			t.Error("the log tells a secret")
		}
	}
}

// same tells whether two refusals say the same, but for what names the request.
func (s *theater) same(name string, want, got functiontest.Answer) {
	s.t.Helper()
	body := func(a functiontest.Answer) string {
		before, rest, _ := strings.Cut(a.Body, `"traceId":"`)
		_, after, _ := strings.Cut(rest, `"`)
		return fmt.Sprint(a.Status, before, after)
	}
	if diff := cmp.Diff(body(want), body(got)); diff != "" {
		s.t.Errorf("%s is told otherwise:\n%s", name, diff)
	}
}

func TestReset_OneNetworkMeetsABound(t *testing.T) {
	t.Parallel()
	s := setup(t, "TRUSTED_PROXIES", proxies, "PASSWORD_RESET_PER_ADDRESS", "4")
	for i := range 2 {
		if a := s.forgotten("customer", fmt.Sprintf("nobody%d@example.com", i), "X-Forwarded-For", home); a.Status != http.StatusAccepted {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := s.redeem("x", chosen, "X-Forwarded-For", home); a.Status != http.StatusConflict {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	for _, a := range []functiontest.Answer{s.forgotten("customer", buyerEmail, "X-Forwarded-For", home), s.redeem("x", chosen, "X-Forwarded-For", home)} {
		if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
			t.Errorf("%d %v %s", a.Status, a.Header, a.Body)
		}
	}
	if a := s.forgotten("customer", buyerEmail, "X-Forwarded-For", away); a.Status != http.StatusAccepted {
		t.Errorf("from elsewhere: %d %s", a.Status, a.Body)
	}
}
