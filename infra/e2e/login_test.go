package e2e

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// knock tries to log in as a device that was given a value before, or "" for another.
func (m mart) knock(ctx context.Context, t *testing.T, email, password, device string) (client.Tokens, int) {
	t.Helper()
	form := url.Values{"grant_type": {"password"}, "client_id": {client.Storefront}, "username": {email}, "password": {password}}
	if device != "" {
		form.Set("device", device)
	}
	tokens, err := client.Post[client.Tokens](ctx, m.api, "/oauth/token", form)
	if err == nil {
		return tokens, http.StatusOK
	}
	refusal, ok := errors.AsType[*client.Problem](err)
	if !ok {
		t.Fatal(err)
	}
	return tokens, refusal.Status
}

// Whoever knows an address can keep those at the same network waiting for its account, but not a device that has logged in before;
// and its owner hears of it.
func TestGuessedPasswords(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	b := m.buyer(ctx, t)
	own, status := m.knock(ctx, t, b.email, passphrase, "")
	if status != http.StatusOK || own.Device == "" {
		t.Fatalf("%d, device %q", status, own.Device)
	}
	for i := range 10 {
		if _, status := m.knock(ctx, t, b.email, "wrong password here", ""); status != http.StatusBadRequest {
			t.Fatalf("guess %d: %d", i, status)
		}
	}
	for name, device := range map[string]string{"the right password": "", "with a made-up device": strings.Repeat("A", 43)} {
		if _, status := m.knock(ctx, t, b.email, passphrase, device); status != http.StatusTooManyRequests {
			t.Errorf("%s from where it was guessed: %d", name, status)
		}
	}
	if _, status := m.knock(ctx, t, "nobody-"+b.email, passphrase, own.Device); status != http.StatusBadRequest {
		t.Errorf("another account from there: %d", status)
	}
	if _, status := m.knock(ctx, t, b.email, passphrase, own.Device); status != http.StatusOK {
		t.Errorf("the device: %d", status)
	}
	for i := range 10 { // with the device's value stolen, ten more
		if _, status := m.knock(ctx, t, b.email, "wrong password here", own.Device); status != http.StatusBadRequest {
			t.Fatalf("guess %d with the device: %d", i, status)
		}
	}
	if _, err := m.mail.AwaitMail(ctx, b.email, func(mail client.Mail) bool { return strings.Contains(mail.Subject, "tries to log in") }); err != nil {
		t.Error(err)
	}
}

// Somebody goes through many accounts with one password, and makes accounts by the dozen, from one address: db says stop, whatever they write into X-Forwarded-For,
// and when to come back. Whoever is elsewhere, or has logged in from there, is let in.
func TestStormManyAccountsFromOneNetwork(t *testing.T) {
	m, _, ctx := ownMart(t, patience, func(c *laptop.Config) {
		c.Settings = map[events.Function]map[string]string{
			events.Gateway: {"TRUSTED_PROXIES": "127.0.0.1/32"}, events.DB: {"LOGIN_NETWORK": "5", "REGISTER_NETWORK": "3"},
		}
	})
	const here, there = "192.0.2.1", "192.0.2.2"
	var late client.Answer
	ask := func(from, path string, body any) int {
		t.Helper()
		_, a, err := client.Do[any](ctx, m.api, http.MethodPost, path, body, client.Header{Name: "X-Forwarded-For", Value: from})
		if refusal, ok := errors.AsType[*client.Problem](err); err != nil && !ok {
			t.Fatal(err)
		} else if ok {
			late = a
			return refusal.Status
		}
		return http.StatusOK
	}
	register := func(from, email string) int {
		return ask(from, "/customers", map[string]string{"email": email, "name": "Eve", "password": passphrase})
	}
	enter := func(from, email, password string) int {
		return ask(from, "/oauth/token", url.Values{"grant_type": {"password"}, "client_id": {client.Storefront}, "username": {email}, "password": {password}})
	}
	own := unique("ada") + "@example.com"
	for i, email := range []string{own, unique("b") + "@example.com", own} {
		if got := register(here, email); got != http.StatusOK {
			t.Fatalf("registration %d: %d", i, got)
		}
	}
	if got := register("198.51.100.7, "+here, unique("c")+"@example.com"); got != http.StatusTooManyRequests || len(late.Header.Get("Retry-After")) < 3 {
		t.Errorf("one too many: %d, Retry-After %q", got, late.Header.Get("Retry-After"))
	}
	if got := register(there, unique("c")+"@example.com"); got != http.StatusOK {
		t.Errorf("elsewhere: %d", got)
	}
	for i := range 5 {
		if got := enter(here, unique("nobody")+"@example.com", "wrong password here"); got != http.StatusBadRequest {
			t.Fatalf("guess %d: %d", i, got)
		}
	}
	if got := enter("198.51.100.7, "+here, unique("nobody")+"@example.com", "wrong password here"); got != http.StatusTooManyRequests {
		t.Errorf("one guess too many: %d", got)
	}
	for from, email := range map[string]string{here: own, there: own} {
		if got := enter(from, email, passphrase); got != http.StatusOK {
			t.Errorf("with the password from %s: %d", from, got)
		}
	}
}
