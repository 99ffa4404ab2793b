package customer

import (
	"net/http"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

// Who names their password has a link sent to another address, taken or free alike; who does not meets the bound of log-ins.
func TestEmail_IsChangedByWhoKnowsThePassword(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.register("canary@example.com")
	s.register("taken@example.com")
	put := func(email, password string, header ...string) functiontest.Answer {
		return s.call("customer:"+c.ID, http.MethodPut, "/customers/me/email", `{"email":"`+email+`","password":"`+password+`"}`, header...)
	}
	for _, email := range []string{"taken@example.com", "Canary.New@example.com"} {
		for range 2 { // repeated under its key, it is the same request
			if a := put(email, secret, "Idempotency-Key", email); a.Status != http.StatusNoContent || a.Body != "" {
				t.Fatalf("%s: %d %s", email, a.Status, a.Body)
			}
		}
	}
	var id string
	for _, e := range s.Sent() {
		if e.Type == events.RequestEmailChange.Type() {
			id = e.Subject
		}
		if data := string(e.Data); strings.Contains(data, "anary.") || strings.Contains(data, secret) {
			t.Errorf("%s tells a secret", e.Type)
		}
	}
	var now Customer
	s.call("customer:"+c.ID, http.MethodGet, "/customers/me", "").JSON(t, &now)
	if now.Email != "canary@example.com" || now.EmailVerified {
		t.Errorf("before it is confirmed: %+v", now)
	}
	if a := s.redeem(mailtoken.New(s.Keys, mailtoken.EmailVerification, id)); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	s.call("customer:"+c.ID, http.MethodGet, "/customers/me", "").JSON(t, &now)
	if now.Email != "Canary.New@example.com" || !now.EmailVerified {
		t.Errorf("afterwards: %+v", now)
	}
	if a := put("canary.new@example.com", secret); a.Status != http.StatusConflict || code(a) != "email_unchanged" {
		t.Errorf("the same: %d %s", a.Status, a.Body)
	}
	if a := put("no address", secret); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "body.email") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	for i := range 10 {
		if a := put("other@example.com", secret+"!"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "body.password") {
			t.Fatalf("guess %d: %d %s", i, a.Status, a.Body)
		}
	}
	if a := put("other@example.com", secret); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Errorf("after ten: %d %v %s", a.Status, a.Header, a.Body)
	}
	if log := s.Log.String(); strings.Contains(log, "anary.") || strings.Contains(log, secret) {
		t.Error("the log tells a secret")
	}
}
