package e2e

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/client"
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
