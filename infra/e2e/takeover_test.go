package e2e

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/client"
)

// links is what whoever knows somebody's password for a moment, or reads their mailbox, may have asked for.
type links struct {
	m     mart
	seen  map[string]bool
	reset string // the token of the link to a new password
	other string // that of the link which makes another address the account's; "": none was asked for
}

// asksForReset has a link to a new password mailed.
func (l *links) asksForReset(ctx context.Context, t *testing.T, account, email string) {
	t.Helper()
	a := send(ctx, t, l.m.api, http.MethodPost, "/password-resets", map[string]string{"account": account, "email": email})
	if a.Status != http.StatusAccepted {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	l.reset = l.m.resetMail(ctx, t, email, l.seen)
}

// asksForAddress has a link mailed to an address that is the asker's.
func (l *links) asksForAddress(ctx context.Context, t *testing.T, who client.Client, password string) {
	t.Helper()
	theirs := unique("mallory") + "@example.com"
	a := send(ctx, t, who, http.MethodPut, "/customers/me/email", map[string]string{"email": theirs, "password": password})
	if a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	l.other = l.m.linkIn(ctx, t, theirs, "Confirm your e-mail address", "verify-email", map[string]bool{})
}

// redeem sets a new password by the link.
func (l *links) redeem(ctx context.Context, t *testing.T, password string) client.Answer {
	t.Helper()
	return send(ctx, t, l.m.api, http.MethodPost, "/password-resets/redemption", map[string]string{"token": l.reset, "password": password})
}

// closed are good for nothing.
func (l *links) closed(ctx context.Context, t *testing.T) {
	t.Helper()
	refused(t, l.redeem(ctx, t, "mallory has this one now"), nil, http.StatusConflict, "reset_closed")
	if l.other != "" {
		a := send(ctx, t, l.m.api, http.MethodPost, "/email-verifications/redemption", map[string]string{"token": l.other})
		refused(t, a, nil, http.StatusConflict, "verification_closed")
	}
}

// status suspends a customer, or reinstates them.
func (m mart) status(ctx context.Context, t *testing.T, customer, status string) {
	t.Helper()
	if a := send(ctx, t, m.owner, http.MethodPut, "/customers/"+customer+"/status", map[string]string{"status": status}); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
}

// Whoever knew a customer's password, and had another address and a link asked for, has nothing of it once there is a new password, by whichever way, or the
// customer was suspended; and the customer was told of the other address in time. Who has set a password by a link has shown that the address is theirs.
func TestANewPasswordClosesACustomersLinks(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	ann, l := m.buyer(ctx, t), links{m: m, seen: map[string]bool{}}

	l.asksForAddress(ctx, t, ann.Client, passphrase)
	if _, err := m.mail.AwaitMail(ctx, ann.email, func(mail client.Mail) bool { return mail.Subject == "Another e-mail address was asked for" }); err != nil {
		t.Fatal(err)
	}
	l.asksForReset(ctx, t, "customer", ann.email)
	change := map[string]string{"current": passphrase, "new": newPassphrase}
	if a := send(ctx, t, ann.Client, http.MethodPut, "/customers/me/password", change); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	l.closed(ctx, t)

	in := m.api.As(m.enter(ctx, t, client.Storefront, ann.email, newPassphrase).AccessToken)
	l.asksForAddress(ctx, t, in, newPassphrase)
	l.asksForReset(ctx, t, "customer", ann.email)
	if a := l.redeem(ctx, t, passphrase); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	l.closed(ctx, t)
	in = m.api.As(m.enter(ctx, t, client.Storefront, ann.email, passphrase).AccessToken)
	type account struct {
		Email         string
		EmailVerified bool
	}
	if got, err := client.Get[account](ctx, in, "/customers/me"); err != nil || got != (account{Email: ann.email, EmailVerified: true}) {
		t.Errorf("%+v, %v", got, err)
	}

	l.asksForAddress(ctx, t, in, passphrase)
	l.asksForReset(ctx, t, "customer", ann.email)
	m.status(ctx, t, ann.id, "disabled")
	m.status(ctx, t, ann.id, "active")
	l.closed(ctx, t)
}

// Whoever wants an address learns nowhere whether somebody has an account with it: what was mailed to others is not in what they take away.
func TestAWantedAddressTellsNothing(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	ann, bob, nobody := m.buyer(ctx, t), m.buyer(ctx, t), unique("nobody")+"@example.com"
	for _, wanted := range []string{bob.email, nobody} {
		a := send(ctx, t, ann.Client, http.MethodPut, "/customers/me/email", map[string]string{"email": wanted, "password": passphrase})
		if a.Status != http.StatusNoContent || len(a.Body) != 0 {
			t.Fatalf("%s: %d %s", wanted, a.Status, a.Body)
		}
	}
	m.linkIn(ctx, t, bob.email, "You have an account already", "reset-password", map[string]bool{})
	m.linkIn(ctx, t, nobody, "Confirm your e-mail address", "verify-email", map[string]bool{})
	type mail struct{ Kind, To, Status string }
	want := []mail{{"email_change", ann.email, "sent"}, {"email_change", ann.email, "sent"}, {"welcome", ann.email, "sent"}}
	_, err := client.Until(ctx, ann.Client, "/customers/me/export", func(x struct{ Mails []mail }) bool {
		slices.SortFunc(x.Mails, func(a, b mail) int { return strings.Compare(a.Kind, b.Kind) })
		return cmp.Equal(want, x.Mails)
	})
	if err != nil {
		t.Errorf("want %v: %v", want, err)
	}
}

// A link to a new password is worthless once a member of staff has chosen one, and once they have another mailbox.
func TestANewPasswordOrAddressClosesAMembersLink(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	email, l := m.member(ctx, t), links{m: m, seen: map[string]bool{}}
	l.asksForReset(ctx, t, "staff", email)
	in := m.api.As(m.enter(ctx, t, client.Backoffice, email, passphrase).AccessToken)
	if a := send(ctx, t, in, http.MethodPut, "/users/me/password", map[string]string{"current": passphrase, "new": newPassphrase}); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	l.closed(ctx, t)

	l.asksForReset(ctx, t, "staff", email)
	in = m.api.As(m.enter(ctx, t, client.Backoffice, email, newPassphrase).AccessToken)
	me, err := client.Get[struct{ ID string }](ctx, in, "/users/me")
	if err != nil {
		t.Fatal(err)
	}
	moved := map[string]string{"email": unique("moved") + "@example.com"}
	if a := send(ctx, t, m.owner, http.MethodPatch, "/users/"+me.ID, moved, client.IfMatch("*")); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	l.closed(ctx, t)
}
