package notification

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/resettoken"
)

// Pages are where links in mails lead to.
type Pages struct {
	Storefront string `env:"STOREFRONT_URL, default=http://localhost:3000" doc:"The storefront's address, to which links in mails to customers lead: a new password is set at /reset-password below it."`
	Backoffice string `env:"BACKOFFICE_URL, default=http://localhost:3001" doc:"The back office's address, to which links in mails to staff lead: a new password is set at /reset-password below it."`
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

// reset is the page at which a token is used. The token stands behind the #, which browsers send to no server: it is in no log of one.
func (p Pages) reset(toStaff bool, token string) string {
	page := p.Storefront
	if toStaff {
		page = p.Backoffice
	}
	return strings.TrimSuffix(page, "/") + "/reset-password#token=" + token
}

// link is where a mail leads to; "" for one that leads nowhere. What it leads to is as it is now. Error: *refusedError when that is closed.
func (m *mailer) link(ctx context.Context, n events.NotificationState) (string, error) {
	if n.Kind != events.PasswordResetMail {
		return "", nil
	}
	r, err := m.db.reset(ctx, n.ResetID)
	switch {
	case errors.Is(err, &events.Problem{Code: "not_found"}) || err == nil && !r.Open:
		return "", &refusedError{reason: "The link in it is not good any more."}
	case err != nil:
		return "", fmt.Errorf("read the reset for the mail: %w", err)
	}
	token, ok := resettoken.Again(m.keys, r.ID, r.TokenHash)
	if !ok {
		return "", &refusedError{reason: "The key that the link was made with is not in the ring EVENT_PERSONAL_KEYS any more."}
	}
	return m.pages.reset(n.UserID != "", token), nil
}
