package e2e

import (
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/client"
)

// The staff who fill shelves are mailed when a product becomes low, and not again while it is.
func TestStaffAreToldWhatIsLow(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	email := unique("keeper") + "@example.com"
	if _, err := client.Post[client.Meta](ctx, m.owner, "/users", map[string]any{"email": email, "name": "Kit", "roles": []string{"catalog"}, "password": passphrase}); err != nil {
		t.Fatal(err)
	}
	p, b := m.product(ctx, t, 8), m.buyer(ctx, t)
	ofIt := func(mail client.Mail) bool { return strings.Contains(mail.Subject, p.Name) }
	b.order(ctx, t, p.ID, 1)
	b.order(ctx, t, p.ID, 2) // five are left
	mail, err := m.mail.AwaitMail(ctx, email, ofIt)
	if err != nil {
		t.Fatal(err)
	}
	says(t, mail, `<html lang="en">`, "5 × "+p.Name, p.SKU, "/stock/"+p.ID)
	b.order(ctx, t, p.ID, 1)
	if _, err := m.owner.Adjust(ctx, p.ID, 3, "received"); err != nil { // seven again
		t.Fatal(err)
	}
	b.order(ctx, t, p.ID, 3)
	known := map[string]bool{}
	if _, err := m.mail.AwaitMail(ctx, email, func(mail client.Mail) bool {
		if ofIt(mail) {
			known[mail.MessageID] = true
		}
		return len(known) == 2
	}); err != nil {
		t.Fatal(err)
	}
	all, err := m.mail.Mails(ctx, email)
	if err != nil {
		t.Fatal(err)
	}
	for _, mail := range all {
		if ofIt(mail) {
			known[mail.MessageID] = true
		}
	}
	if len(known) != 2 {
		t.Errorf("%d mails that it is low, want one for each time that it became so", len(known))
	}
}
