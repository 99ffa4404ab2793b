package notification

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/functions/internal/ordertoken"
)

// Pages are where links in mails lead to.
type Pages struct {
	Storefront string `env:"STOREFRONT_URL, default=http://localhost:3000" doc:"The storefront's address, to which links in mails to customers lead: a new password is set at /reset-password below it, an e-mail address confirmed at /verify-email, an order shown at /orders/ID, of whoever has no account with #token= and what opens it."`
	Backoffice string `env:"BACKOFFICE_URL, default=http://localhost:3001" doc:"The back office's address, to which links in mails to staff lead: a new password is set at /reset-password below it, a product's stock shown at /stock/ID. The mart's own is at /office of the gateway's public address."`
}

// Check says whether they are addresses of pages.
func (p Pages) Check() error {
	var faults []error
	for _, setting := range []struct{ name, address string }{{"STOREFRONT_URL", p.Storefront}, {"BACKOFFICE_URL", p.Backoffice}} {
		if !domain.Link(setting.address, "http", "https") || strings.ContainsAny(setting.address, "?#") {
			faults = append(faults, fmt.Errorf("%s is %q: set it to the address of a page without ? and #, such as https://shop.example.com", setting.name, setting.address))
		}
	}
	return errors.Join(faults...)
}

// home is the first page of the storefront, or of the back office.
func (p Pages) home(toStaff bool) string {
	if toStaff {
		return p.Backoffice
	}
	return p.Storefront
}

// order is the page of the storefront at which a customer sees an order of theirs. A guest's has the token that opens it; token is "" where nothing does any more, and
// then there is no page to go to.
func (p Pages) order(o *events.OrderState, token string) string {
	page := strings.TrimSuffix(p.Storefront, "/") + "/orders/" + url.PathEscape(o.ID)
	switch {
	case !domain.Order(*o).OfGuest():
		return page
	case token == "":
		return ""
	}
	return page + "#token=" + token
}

// stock is the page of the back office at which staff see how many of a product there are.
func (p Pages) stock(product string) string {
	return strings.TrimSuffix(p.Backoffice, "/") + "/stock/" + url.PathEscape(product)
}

// at is the page of the storefront, or of the back office, at which a token is used. The token stands behind the #, which browsers send to no
// server: it is in no log of one.
func (p Pages) at(toStaff bool, path, token string) string {
	return strings.TrimSuffix(p.home(toStaff), "/") + path + "#token=" + token
}

// What keeps a mail with a link from going out.
var (
	errLinkClosed = &refusedError{reason: "The link in it is not good any more."}
	errKeyGone    = &refusedError{reason: "The key that the link was made with is not in the ring EVENT_PERSONAL_KEYS any more."}
)

// guestToken is what opens a guest's order to whoever reads the mail; "" of a customer's, and once its time is over.
func (m *mailer) guestToken(o *events.OrderState) string {
	if o == nil || !domain.Order(*o).OfGuest() || !ordertoken.Good(o.CreatedAt, time.Now()) {
		return ""
	}
	return ordertoken.New(m.keys, o.ID, o.CreatedAt)
}

// link is where a mail leads to; "" for one that leads nowhere. What it leads to is as it is now. Error: *refusedError when that is closed.
func (m *mailer) link(ctx context.Context, n events.NotificationState) (string, error) {
	switch {
	case n.ResetID != "":
		return m.resetLink(ctx, n)
	case n.VerificationID != "" && n.Kind != events.EmailChangeMail && n.Kind != events.EmailChangedMail: // whose readers have nothing to confirm
		link, err := m.verificationLink(ctx, n)
		if refusal, refused := errors.AsType[*refusedError](err); refused && n.Kind == events.WelcomeMail { // which is still true
			m.log.InfoContext(ctx, "a welcome goes out without a link", "notification", n.ID, "reason", refusal.reason)
			return "", nil
		}
		return link, err
	}
	return "", nil
}

func (m *mailer) resetLink(ctx context.Context, n events.NotificationState) (string, error) {
	r, err := m.db.reset(ctx, n.ResetID)
	if err = closed(err, r.Open, "reset"); err != nil {
		return "", err
	}
	token, ok := mailtoken.Again(m.keys, mailtoken.PasswordReset, r.ID, r.TokenHash)
	if !ok {
		return "", errKeyGone
	}
	return m.letters.pages.at(n.UserID != "", "/reset-password", token), nil
}

func (m *mailer) verificationLink(ctx context.Context, n events.NotificationState) (string, error) {
	v, err := m.db.verification(ctx, n.VerificationID)
	if err = closed(err, v.Open, "verification"); err != nil {
		return "", err
	}
	token, ok := mailtoken.Again(m.keys, mailtoken.EmailVerification, v.ID, v.TokenHash)
	if !ok {
		return "", errKeyGone
	}
	return m.letters.pages.at(false, "/verify-email", token), nil
}

// closed is what is wrong with what db has answered about a link; nil: nothing.
func closed(err error, open bool, what string) error {
	switch {
	case errors.Is(err, &events.Problem{Code: "not_found"}) || err == nil && !open:
		return errLinkClosed
	case err != nil:
		return fmt.Errorf("read the %s for the mail: %w", what, err)
	}
	return nil
}
