package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/client"
)

// Staff suspend a customer, who is logged out at once, reinstate and erase them; then the address is free.
func TestCustomerIsSuspendedReinstatedAndErased(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	b := m.buyer(ctx, t)
	p := m.product(ctx, t, 3)
	order := b.order(ctx, t, p.ID, 1)
	entered := m.enter(ctx, t, client.Storefront, b.email, passphrase)
	at := "/customers/" + b.id
	set := func(status string) {
		t.Helper()
		if a := send(ctx, t, m.owner, http.MethodPut, at+"/status", map[string]string{"status": status}); a.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", status, a.Status, a.Body)
		}
	}
	refused(t, send(ctx, t, b.Client, http.MethodPut, at+"/status", map[string]string{"status": "active"}), nil, http.StatusForbidden, "")
	refused(t, send(ctx, t, b.Client, http.MethodDelete, at, nil, client.Header{Name: "If-Match", Value: "*"}), nil, http.StatusForbidden, "")
	set("disabled")
	if status := m.refreshed(ctx, t, client.Storefront, entered.RefreshToken); status != http.StatusBadRequest {
		t.Errorf("a log-in from before is refreshed: %d", status)
	}
	if _, err := m.api.Login(ctx, client.Storefront, b.email, passphrase); err == nil {
		t.Error("a suspended customer got in")
	}
	m.over(ctx, t, client.Storefront, entered.AccessToken)
	set("active")
	m.over(ctx, t, client.Storefront, entered.AccessToken)
	back := m.api.As(m.enter(ctx, t, client.Storefront, b.email, passphrase).AccessToken)
	if a := send(ctx, t, back, http.MethodGet, "/orders/"+order.ID, nil); a.Status != http.StatusOK {
		t.Errorf("reinstated: %d %s", a.Status, a.Body)
	}
	refused(t, send(ctx, t, m.owner, http.MethodDelete, at, nil), nil, http.StatusPreconditionRequired, "")
	if a := send(ctx, t, m.owner, http.MethodDelete, at, nil, client.Header{Name: "If-Match", Value: "*"}); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	refused(t, send(ctx, t, m.owner, http.MethodGet, at, nil), nil, http.StatusNotFound, "not_found")
	if _, customer, err := m.api.Register(ctx, b.email, "Another", newPassphrase); err != nil || customer.ID == b.id {
		t.Errorf("the address is not free: %+v %v", customer, err)
	}
	if o, err := client.Get[client.Order](ctx, m.owner, "/orders/"+order.ID); err != nil || o.Status != "cancelled" {
		t.Errorf("what was not paid is %s: %v", o.Status, err)
	}
}

// Who is added without a password chooses one by the link in the mail, once, and logs in with it.
func TestStaffAreInvited(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	email := unique("invited") + "@example.com"
	if a := send(ctx, t, m.owner, http.MethodPost, "/users", map[string]any{"email": email, "name": "Ann", "roles": []string{"viewer"}}); a.Status != http.StatusCreated {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	const subject = "You work for Mart now"
	token := m.linkIn(ctx, t, email, subject, "reset-password", map[string]bool{})
	redeem := func() client.Answer {
		return send(ctx, t, m.api, http.MethodPost, "/password-resets/redemption", map[string]string{"token": token, "password": passphrase})
	}
	if a := redeem(); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	refused(t, redeem(), nil, http.StatusConflict, "reset_closed")
	m.enter(ctx, t, client.Backoffice, email, passphrase)
	m.oneMailEach(ctx, t, email, subject, 1)
}

// A customer's address becomes another when the link that was sent there is followed, and the former one is told; whether it is taken is told to
// nobody but whoever has it.
func TestEmailIsChanged(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	b, there, another := m.buyer(ctx, t), m.buyer(ctx, t), unique("another")+"@example.com"
	put := func(email, password string) client.Answer {
		t.Helper()
		return send(ctx, t, b.Client, http.MethodPut, "/customers/me/email", map[string]string{"email": email, "password": password})
	}
	refused(t, put(another, newPassphrase), nil, http.StatusUnprocessableEntity, "")
	for _, email := range []string{there.email, another} {
		if a := put(email, passphrase); a.Status != http.StatusNoContent || len(a.Body) != 0 {
			t.Fatalf("%s: %d %s", email, a.Status, a.Body)
		}
	}
	m.linkIn(ctx, t, there.email, "You have an account already", "reset-password", map[string]bool{})
	token := m.linkIn(ctx, t, another, "Confirm your e-mail address", "verify-email", map[string]bool{})
	elsewhere := m.enter(ctx, t, client.Storefront, b.email, passphrase) // it is as it was
	if a := send(ctx, t, m.api, http.MethodPost, "/email-verifications/redemption", map[string]string{"token": token}); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	m.over(ctx, t, client.Storefront, elsewhere.AccessToken)
	if a := send(ctx, t, b.Client, http.MethodGet, "/customers/me", nil); a.Status != http.StatusOK {
		t.Errorf("where it was asked for: %d %s", a.Status, a.Body)
	}
	m.enter(ctx, t, client.Storefront, another, passphrase)
	if _, err := m.api.Login(ctx, client.Storefront, b.email, passphrase); err == nil {
		t.Error("the former address got in")
	}
	const told = "Your e-mail address is another now"
	if _, err := m.mail.AwaitMail(ctx, b.email, func(mail client.Mail) bool { return mail.Subject == told }); err != nil {
		t.Fatal(err)
	}
	for email, want := range map[string]int{b.email: 1, another: 0, there.email: 0} {
		m.oneMailEach(ctx, t, email, told, want)
	}
	m.oneMailEach(ctx, t, there.email, "Confirm your e-mail address", 0)
}

// Whoever asks for somebody else's address, from however many accounts, has its mailbox written to a few times and no more, and is answered the same. The mail
// that was one too many staff find as such. Whoever reads that mailbox registers all the same.
func TestAStrangersAddressIsAskedFor(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	const subject = "Confirm your e-mail address"
	ann, bob, victim, seen := m.buyer(ctx, t), m.buyer(ctx, t), unique("victim")+"@example.com", map[string]bool{}
	asks := func(b buyer, email string) {
		t.Helper()
		if a := send(ctx, t, b.Client, http.MethodPut, "/customers/me/email", map[string]string{"email": email, "password": passphrase}); a.Status != http.StatusNoContent || len(a.Body) != 0 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	for _, b := range []buyer{ann, bob, ann, bob, ann, bob} { // each is mailed before the next makes it worthless
		asks(b, victim)
		m.linkIn(ctx, t, victim, subject, "verify-email", seen)
	}
	tagged := strings.Replace(strings.ToUpper(victim), "@", "+x@", 1)
	asks(ann, tagged)
	withheld := m.withheld(ctx, t, ann.id)
	if withheld.Kind != "email_verification" {
		t.Errorf("withheld: %+v", withheld)
	}
	entered, registered, err := m.api.Register(ctx, victim, "Vic", passphrase)
	if err != nil || entered.Token == "" {
		t.Fatalf("whoever has the address has no account: %v", err)
	}
	if welcome := m.withheld(ctx, t, registered.ID); welcome.Kind != "welcome" {
		t.Errorf("withheld: %+v", welcome)
	}
	other := unique("other") + "@example.com"
	asks(bob, other)
	m.linkIn(ctx, t, other, subject, "verify-email", map[string]bool{})
	m.oneMailEach(ctx, t, victim, subject, 6) // MAIL_UNPROVEN_LIMIT
	m.oneMailEach(ctx, t, tagged, subject, 0)
	if a := send(ctx, t, m.owner, http.MethodPost, "/notifications/"+withheld.ID+"/resend", nil, client.NewKey()); a.Status != http.StatusOK {
		t.Errorf("once more: %d %s", a.Status, a.Body)
	}
	m.linkIn(ctx, t, tagged, subject, "verify-email", map[string]bool{})
}

// mailed is a mail as staff see it.
type mailed struct{ ID, Kind, Status, Reason string }

// withheld waits for a mail to a customer that was one too many for its address.
func (m mart) withheld(ctx context.Context, t *testing.T, customer string) (found mailed) {
	t.Helper()
	if _, err := client.Until(ctx, m.owner, "/notifications?customerId="+customer, func(all client.Page[mailed]) bool {
		for _, each := range all.Items {
			if each.Status == "failed" && strings.HasPrefix(each.Reason, "Too many mails") {
				found = each
			}
		}
		return found.ID != ""
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// Customers take away all that there is about them, and are erased: soon staff read of what they have ordered what the books need, and nothing else.
func TestCustomerTakesTheirDataAwayAndIsErased(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p, b := m.product(ctx, t, 5), m.buyer(ctx, t)
	order := b.order(ctx, t, p.ID, 1)
	payment, err := b.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil {
		t.Fatal(err)
	}
	b.status(ctx, t, order.ID, "paid")
	line := client.Line{ProductID: p.ID, Quantity: 1}
	if _, err = m.owner.Fulfil(ctx, order.ID, "Post", "canary-track", line); err != nil {
		t.Fatal(err)
	}
	if _, err = m.owner.Deliver(ctx, order.ID, ""); err != nil {
		t.Fatal(err)
	}
	asked, err := b.Return(ctx, order.ID, "canary-reason", line)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = m.owner.Answer(ctx, order.ID, asked.Returns[0].ID, "refusal", "canary-note"); err != nil {
		t.Fatal(err)
	}
	notes := "/orders/" + order.ID + "/notes"
	if a := send(ctx, t, m.owner, http.MethodPost, notes, map[string]string{"text": "canary-staff"}); a.Status != http.StatusCreated {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if _, err := m.mail.AwaitMail(ctx, b.email, func(mail client.Mail) bool { return strings.Contains(mail.Subject, "is refused") }); err != nil {
		t.Fatal(err)
	}
	canaries := []string{b.email, "Ada Buyer", client.Address("Ada Buyer")["line1"], "canary-track", "canary-reason", "canary-note"}
	export := send(ctx, t, b.Client, http.MethodGet, "/customers/me/export", nil)
	for _, canary := range append(canaries, order.Number, payment.ID) {
		if !strings.Contains(string(export.Body), canary) {
			t.Errorf("%s is not in the export: %d %s", canary, export.Status, export.Body)
		}
	}
	if a := send(ctx, t, b.Client, http.MethodDelete, "/customers/me", nil, client.IfMatch("*")); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	refused(t, send(ctx, t, b.Client, http.MethodGet, "/customers/me/export", nil), nil, http.StatusNotFound, "not_found")
	type left struct {
		Number, Status  string
		Total           client.Money
		ShippingAddress map[string]string
	}
	// The sweep comes once a minute.
	got, err := client.Until(ctx, m.owner, "/orders/"+order.ID, func(l left) bool { return l.ShippingAddress["line1"] == "" })
	want := left{order.Number, "delivered", order.Total, map[string]string{"country": client.Address("Ada")["country"]}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, path := range []string{"/orders/" + order.ID, "/orders?customerId=" + b.id, notes, "/payments/" + payment.ID, "/notifications?customerId=" + b.id, "/journal?subject=" + order.ID} {
		a := send(ctx, t, m.owner, http.MethodGet, path, nil)
		for _, canary := range append(canaries, "canary-staff") {
			if a.Status != http.StatusOK || strings.Contains(string(a.Body), canary) {
				t.Errorf("%s: %d, %s is in %s", path, a.Status, canary, a.Body)
			}
		}
	}
	refused(t, send(ctx, t, m.owner, http.MethodPost, notes, map[string]string{"text": "more"}), nil, http.StatusConflict, "erased")
}
