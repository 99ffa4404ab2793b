package e2e

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/client"
)

// Whoever registers is answered alike, whether or not there is an account: status, headers and body. The mails tell, each its reader alone; the account
// that there is stays as it is, until its owner sets another password by the link.
func TestRegistrationsTellNothing(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	there := m.buyer(ctx, t)
	free := unique("free") + "@example.com"
	register := func(email, password string) (int, string, http.Header) {
		t.Helper()
		a := send(ctx, t, m.api, http.MethodPost, "/customers", map[string]string{"email": email, "name": "Eve", "password": password})
		header := a.Header.Clone()
		for _, each := range []string{"Traceparent", "Date"} { // each answer's own
			header.Del(each)
		}
		return a.Status, string(a.Body), header
	}
	status, body, header := register(free, passphrase)
	takenStatus, takenBody, takenHeader := register(there.email, newPassphrase)
	if status != http.StatusOK || status != takenStatus || body != takenBody {
		t.Errorf("free %d %q, taken %d %q", status, body, takenStatus, takenBody)
	}
	if diff := cmp.Diff(header, takenHeader); diff != "" {
		t.Errorf("headers (-free +taken):\n%s", diff)
	}
	m.enter(ctx, t, client.Storefront, free, passphrase)
	if _, err := m.api.Login(ctx, client.Storefront, there.email, newPassphrase); err == nil {
		t.Error("who registers again has another's account")
	}
	m.enter(ctx, t, client.Storefront, there.email, passphrase)
	token := m.linkIn(ctx, t, there.email, "You have an account already", "reset-password", map[string]bool{})
	if a := send(ctx, t, m.api, http.MethodPost, "/password-resets/redemption", map[string]string{"token": token, "password": newPassphrase}); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	m.enter(ctx, t, client.Storefront, there.email, newPassphrase)
	m.linkIn(ctx, t, free, "Welcome to Mart", "verify-email", map[string]bool{})
	for email, mails := range map[string]int{free: 0, there.email: 1} {
		m.oneMailEach(ctx, t, email, "You have an account already", mails)
		m.oneMailEach(ctx, t, email, "Welcome to Mart", 1)
	}
}
