package e2e

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/onlinemart/mart/infra/client"
)

const newPassphrase = "seven loud trains by night"

// enter logs in, and gives the whole answer.
func (m mart) enter(ctx context.Context, t *testing.T, door, email, password string) client.Tokens {
	t.Helper()
	tokens, err := m.api.Login(ctx, door, email, password)
	if err != nil {
		t.Fatalf("log in as %s: %v", email, err)
	}
	return tokens
}

// refreshed tells with which status a refresh token is answered.
func (m mart) refreshed(ctx context.Context, t *testing.T, door, token string) int {
	t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {door}, "refresh_token": {token}}
	return send(ctx, t, m.api, http.MethodPost, "/oauth/token", form).Status
}

// member is a new member of staff.
func (m mart) member(ctx context.Context, t *testing.T) (email string) {
	t.Helper()
	email = unique("staff") + "@example.com"
	body := map[string]any{"email": email, "name": "Sam Staff", "roles": []string{"viewer"}, "password": passphrase}
	if a := send(ctx, t, m.owner, http.MethodPost, "/users", body, client.NewKey()); a.Status != http.StatusCreated {
		t.Fatalf("hire: %d %s", a.Status, a.Body)
	}
	return email
}

// account is one of each kind, by where they log in.
func (m mart) account(ctx context.Context, t *testing.T, door string) (email string) {
	t.Helper()
	if door == client.Backoffice {
		return m.member(ctx, t)
	}
	return m.buyer(ctx, t).email
}

// doors are where people log in, and where they change their password.
var doors = map[string]string{client.Storefront: "/customers/me/password", client.Backoffice: "/users/me/password"}

// Who knows their password changes it; then the old one is good for nothing, and neither is any log-in from before.
func TestPasswordIsChanged(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	for door, path := range doors {
		t.Run(door, func(t *testing.T) {
			t.Parallel()
			email := m.account(ctx, t, door)
			elsewhere, here := m.enter(ctx, t, door, email, passphrase), m.enter(ctx, t, door, email, passphrase)
			me := m.api.As(here.AccessToken)
			wrong := map[string]string{"current": "not my password", "new": newPassphrase}
			refused(t, send(ctx, t, me, http.MethodPut, path, wrong), nil, http.StatusUnprocessableEntity, "")
			weak := map[string]string{"current": passphrase, "new": "password123"}
			refused(t, send(ctx, t, me, http.MethodPut, path, weak), nil, http.StatusUnprocessableEntity, "")
			change := map[string]string{"current": passphrase, "new": newPassphrase}
			if a := send(ctx, t, me, http.MethodPut, path, change); a.Status != http.StatusNoContent {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			for name, token := range map[string]string{"elsewhere": elsewhere.RefreshToken, "here": here.RefreshToken} {
				if status := m.refreshed(ctx, t, door, token); status != http.StatusBadRequest {
					t.Errorf("the log-in %s is refreshed: %d", name, status)
				}
			}
			if _, err := m.api.Login(ctx, door, email, passphrase); err == nil {
				t.Error("the old password got in")
			}
			m.enter(ctx, t, door, email, newPassphrase)
		})
	}
}
