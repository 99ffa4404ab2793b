package e2e

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// over finds that an access token has ended with its log-in: for what is read and for what is written, at once.
func (m mart) over(ctx context.Context, t *testing.T, door, token string) {
	t.Helper()
	c := m.api.As(token)
	is := func(method, path string, body any, headers ...client.Header) {
		t.Helper()
		refused(t, send(ctx, t, c, method, path, body, headers...), nil, http.StatusUnauthorized, "token_expired")
	}
	logIn := url.Values{"grant_type": {"password"}, "client_id": {door}, "username": {unique("nobody") + "@example.com"}, "password": {passphrase}}
	if a := send(ctx, t, c, http.MethodPost, "/oauth/token", logIn); a.Status != http.StatusBadRequest || !strings.Contains(string(a.Body), "invalid_grant") {
		t.Errorf("a log-in beside it: %d %s", a.Status, a.Body)
	}
	if door == client.Backoffice {
		is(http.MethodGet, "/users/me", nil)
		is(http.MethodPut, "/users/me/password", map[string]string{"current": passphrase, "new": newPassphrase})
		return
	}
	is(http.MethodGet, "/orders", nil)
	is(http.MethodGet, "/customers/me/export", nil)
	is(http.MethodPost, "/customers/me/addresses", client.Address("Ada"))
	is(http.MethodPost, "/customers/me/addresses", client.Address("Ada"), client.NewKey(), client.Prefer("respond-async"))
}

// Who knows their password changes it; then the old one is good for nothing, and neither is any log-in from before but the one by which it was changed.
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
			same := map[string]string{"current": passphrase, "new": passphrase} // which would end all log-ins and change nothing
			refused(t, send(ctx, t, me, http.MethodPut, path, same), nil, http.StatusUnprocessableEntity, "")
			change := map[string]string{"current": passphrase, "new": newPassphrase}
			if a := send(ctx, t, me, http.MethodPut, path, change); a.Status != http.StatusNoContent {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			m.over(ctx, t, door, elsewhere.AccessToken)
			if a := send(ctx, t, me, http.MethodGet, strings.TrimSuffix(path, "/password"), nil); a.Status != http.StatusOK {
				t.Errorf("where it was changed: %d %s", a.Status, a.Body)
			}
			for token, want := range map[string]int{elsewhere.RefreshToken: http.StatusBadRequest, here.RefreshToken: http.StatusOK} {
				if status := m.refreshed(ctx, t, door, token); status != want {
					t.Errorf("a log-in is refreshed: %d, want %d", status, want)
				}
			}
			if _, err := m.api.Login(ctx, door, email, passphrase); err == nil {
				t.Error("the old password got in")
			}
			m.enter(ctx, t, door, email, newPassphrase)
		})
	}
}

// audiences are what each door's people are called by whoever forgets a password.
var audiences = map[string]string{client.Storefront: "customer", client.Backoffice: "staff"}

// resetMail is the token of the newest mail with a link to a new password but those that were seen before.
func (m mart) resetMail(ctx context.Context, t *testing.T, email string, seen map[string]bool) (token string) {
	t.Helper()
	return m.linkIn(ctx, t, email, "Your new password", "reset-password", seen)
}

// linkIn is the token behind the one link, to that page, of the newest mail with that subject but those that were seen before.
func (m mart) linkIn(ctx context.Context, t *testing.T, email, subject, page string, seen map[string]bool) (token string) {
	t.Helper()
	mail, err := m.mail.AwaitMail(ctx, email, func(mail client.Mail) bool { return mail.Subject == subject && !seen[mail.ID] })
	if err != nil {
		t.Fatal(err)
	}
	seen[mail.ID] = true
	link := regexp.MustCompile(`https?://\S+/` + page + `#token=(\S+)`).FindStringSubmatch(mail.Text)
	if link == nil || !strings.Contains(html.UnescapeString(mail.HTML), `href="`+link[0]+`"`) {
		t.Fatalf("there is no link, or two, in the mail:\n%s\n%s", mail.Text, mail.HTML)
	}
	return link[1]
}

// Who has forgotten their password sets another by the link in the mail: the newest one, once.
func TestPasswordIsForgotten(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	for door, account := range audiences {
		t.Run(door, func(t *testing.T) {
			t.Parallel()
			email, seen := m.account(ctx, t, door), map[string]bool{}
			before := m.enter(ctx, t, door, email, passphrase)
			var tokens []string
			for range 2 {
				a := send(ctx, t, m.api, http.MethodPost, "/password-resets", map[string]string{"account": account, "email": strings.ToUpper(email)})
				if a.Status != http.StatusAccepted || len(a.Body) != 0 {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
				tokens = append(tokens, m.resetMail(ctx, t, email, seen))
			}
			redeem := func(token string) client.Answer {
				t.Helper()
				return send(ctx, t, m.api, http.MethodPost, "/password-resets/redemption", map[string]string{"token": token, "password": newPassphrase})
			}
			for _, wrong := range []string{"nonsense", tokens[0], tokens[1][:60]} {
				refused(t, redeem(wrong), nil, http.StatusConflict, "reset_closed")
			}
			if a := redeem(tokens[1]); a.Status != http.StatusNoContent {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			refused(t, redeem(tokens[1]), nil, http.StatusConflict, "reset_closed")
			if status := m.refreshed(ctx, t, door, before.RefreshToken); status != http.StatusBadRequest {
				t.Errorf("a log-in from before is refreshed: %d", status)
			}
			m.over(ctx, t, door, before.AccessToken)
			if _, err := m.api.Login(ctx, door, email, passphrase); err == nil {
				t.Error("the old password got in")
			}
			m.enter(ctx, t, door, email, newPassphrase)
			m.oneMailEach(ctx, t, email, "Your new password", 2)
		})
	}
}

// oneMailEach counts the mails with that subject: each was sent once.
func (m mart) oneMailEach(ctx context.Context, t *testing.T, email, subject string, want int) {
	t.Helper()
	all, err := m.mail.Mails(ctx, email)
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]bool{}
	for _, mail := range all {
		if mail.Subject == subject {
			links[mail.MessageID] = true
		}
	}
	if len(links) != want {
		t.Errorf("%d mails %q, want %d", len(links), subject, want)
	}
}

// Nobody who asks for a link learns whether there is an account: not by the status, not by a header, not by the body; and nobody but its
// reader is written to.
func TestForgottenPasswordsTellNothing(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	there, absent := m.buyer(ctx, t).email, unique("nobody")+"@example.com"
	ask := func(email string) (int, string, http.Header) {
		a := send(ctx, t, m.api, http.MethodPost, "/password-resets", map[string]string{"account": "customer", "email": email})
		header := a.Header.Clone()
		for _, each := range []string{"Traceparent", "Date"} { // each answer's own
			header.Del(each)
		}
		return a.Status, string(a.Body), header
	}
	for range 3 {
		status, body, header := ask(there)
		otherStatus, otherBody, otherHeader := ask(absent)
		if status != http.StatusAccepted || status != otherStatus || body != otherBody {
			t.Errorf("%d %q, to nobody %d %q", status, body, otherStatus, otherBody)
		}
		if diff := cmp.Diff(header, otherHeader); diff != "" {
			t.Errorf("headers (-there +absent):\n%s", diff)
		}
	}
	m.resetMail(ctx, t, there, map[string]bool{})
	if all, err := m.mail.Mails(ctx, absent); err != nil || len(all) != 0 {
		t.Errorf("nobody has %d mails: %v", len(all), err)
	}
}
