package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/client"
)

// aMail waits for a mail to a buyer with a subject.
func (m mart) aMail(ctx context.Context, t *testing.T, b buyer, subject string) client.Mail {
	t.Helper()
	mail, err := m.mail.AwaitMail(ctx, b.email, func(mail client.Mail) bool { return mail.Subject == subject })
	if err != nil {
		t.Fatalf("no mail %q: %v", subject, err)
	}
	return mail
}

// says checks what both forms of a mail say.
func says(t *testing.T, mail client.Mail, page string, both ...string) {
	t.Helper()
	if !strings.Contains(mail.HTML, page) {
		t.Errorf("the page of %q lacks %q:\n%s", mail.Subject, page, mail.HTML)
	}
	for _, want := range both {
		for form, text := range map[string]string{"text": mail.Text, "page": mail.HTML} {
			if !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), want) {
				t.Errorf("the %s of %q lacks %q:\n%s", form, mail.Subject, want, text)
			}
		}
	}
}

// saysNot checks what neither form of a mail says.
func saysNot(t *testing.T, mail client.Mail, words string) {
	t.Helper()
	if strings.Contains(mail.Text+mail.HTML+mail.Subject, words) {
		t.Errorf("%q says %q:\n%s", mail.Subject, words, mail.Text)
	}
}

// A customer's mails are in the language that they have chosen, and others in the shop's: from the welcome to the end of an order. Whoever changes their
// mind reads the next one in the other language.
func TestMailsAreInTheCustomersLanguage(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 9)
	german := buyer{email: unique("kunde") + "@example.com"}
	a := send(ctx, t, m.api, http.MethodPost, "/customers", map[string]string{"email": german.email, "name": "Bärbel", "password": passphrase, "language": "de"})
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	var err error
	if german.Client, err = m.api.Enter(ctx, client.Storefront, german.email, passphrase); err != nil {
		t.Fatal(err)
	}
	welcome := m.aMail(ctx, t, german, "Willkommen bei Mart")
	says(t, welcome, `<html lang="de">`, "Willkommen", "Adresse bestätigen")
	saysNot(t, welcome, "Bärbel") // whoever registers chooses the name, and whom the mail is for
	order := german.order(ctx, t, p.ID, 2)
	if _, err := german.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	german.status(ctx, t, order.ID, "paid")
	confirmed := m.aMail(ctx, t, german, "Ihre Bestellung "+order.Number)
	says(t, confirmed, `<html lang="de">`, "Vielen Dank, Bärbel", " ist bezahlt", p.Name, "39,98 €", "Gesamtsumme", "/orders/"+order.ID)

	english := m.buyer(ctx, t)
	other := english.order(ctx, t, p.ID, 2)
	if _, err := english.Pay(ctx, other.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	says(t, m.aMail(ctx, t, english, "Your order "+other.Number), `<html lang="en">`, "Thank you, Ada Buyer", " is paid", p.Name, "€39.98", "Total", "/orders/"+other.ID)

	me, err := client.Get[client.Meta](ctx, german.Client, "/customers/me")
	if err != nil {
		t.Fatal(err)
	}
	changed := send(ctx, t, german.Client, http.MethodPatch, "/customers/me", map[string]string{"language": "en"}, client.IfMatch(fmt.Sprintf("%q", fmt.Sprint(me.Version))))
	if changed.Status != http.StatusOK || !strings.Contains(string(changed.Body), `"language":"en"`) {
		t.Fatalf("%d %s", changed.Status, changed.Body)
	}
	if _, err := m.owner.Cancel(ctx, order.ID, ""); err != nil {
		t.Fatal(err)
	}
	says(t, m.aMail(ctx, t, german, "Your order "+order.Number+" is cancelled"), `<html lang="en">`, "Hello", "€39.98")
}
