package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/client"
)

// oneMail waits for the mail about a paid order, reads it, and counts: distinct messages about it must be one.
func (m mart) oneMail(ctx context.Context, t *testing.T, b buyer, order client.Order) {
	t.Helper()
	mail, err := m.mail.AwaitMail(ctx, b.email, func(mail client.Mail) bool { return strings.Contains(mail.Subject, order.Number) })
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{order.Number, order.Lines[0].Name, "39.98"} {
		if !strings.Contains(mail.Text, want) {
			t.Errorf("the text of the mail does not say %q:\n%s", want, mail.Text)
		}
	}
	if !strings.Contains(mail.HTML, order.Number) {
		t.Errorf("the HTML of the mail does not name the order:\n%s", mail.HTML)
	}
	all, err := m.mail.Mails(ctx, b.email)
	if err != nil {
		t.Fatal(err)
	}
	distinct := map[string]bool{}
	for _, mail := range all {
		if strings.Contains(mail.Subject, order.Number) {
			distinct[mail.MessageID] = true
		}
	}
	if len(distinct) != 1 {
		t.Errorf("%d distinct mails about order %s, want one", len(distinct), order.Number)
	}
}

// ledger is what the test gateway says happened to one payment.
type ledger struct {
	ByPayment map[string]struct {
		Intents    int   `json:"intents"`
		Authorized int64 `json:"authorized"`
		Captured   int64 `json:"captured"`
		Released   int64 `json:"released"`
		Refunded   int64 `json:"refunded"`
	} `json:"byPayment"`
}

// charged checks what the provider took for a payment: exactly amount, at most once. It knows nothing without the gateway's address.
func (m mart) charged(ctx context.Context, t *testing.T, payment string, amount int64) {
	t.Helper()
	if m.payments.URL == "" {
		t.Log("MART_E2E_PAYMENTS is not set: the provider's ledger is not looked at")
		return
	}
	book, err := m.ledger(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := book.ByPayment[payment]
	if got.Captured-got.Refunded != amount || got.Intents > 1 {
		shown, _ := json.Marshal(got)
		t.Errorf("the provider's ledger says %s, want %d captured once", shown, amount)
	}
}

func (m mart) ledger(ctx context.Context) (ledger, error) {
	return client.Get[ledger](ctx, m.payments, "/test/ledger")
}
