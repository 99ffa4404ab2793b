package notification

import (
	"context"
	"errors"
	"testing"

	"github.com/onlinemart/mart/events"
)

// A mail is sent again once for a request, however often the request comes, and at whatever moment: while the first one sends, too.
func TestSentAgainOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	n := events.NotificationState{Meta: events.Meta{ID: "n1", Version: 0}, Kind: events.OrderConfirmation, CustomerID: "c1", OrderID: "o1"}
	other, meanwhile := *o.mailer, error(nil)
	o.send = func(ctx context.Context, m mail) error {
		_, meanwhile = other.resend(ctx, n, "claim")
		return other.send(ctx, m)
	}
	first, err := o.resend(t.Context(), n, "claim")
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(meanwhile, errSending) {
		t.Errorf("while the first one sends, another one is told %v", meanwhile)
	}
	o.db.record(first)
	waited, err := other.resend(t.Context(), n, "claim") // it has read the mail before
	if err != nil {
		t.Fatal(err)
	}
	n.Version, n.Status = 2, events.NotificationSent
	later, err := other.resend(t.Context(), n, "claim")
	if err != nil {
		t.Fatal(err)
	}
	want := *first.Payload().(*events.NotificationResult)
	if want.Status != events.NotificationSent || want.Token == "" {
		t.Errorf("recorded %+v", want)
	}
	for _, m := range []events.Outgoing{waited, later} {
		if got := *m.Payload().(*events.NotificationResult); got != want || m.Subject != "n1" {
			t.Errorf("recorded %+v about %s, want %+v", got, m.Subject, want)
		}
	}
	if mails := o.mails(t); len(mails) != 1 {
		t.Errorf("%d mails, want 1", len(mails))
	}
	if _, err := o.resend(t.Context(), n, "another"); !errors.Is(err, &events.Problem{Code: "in_progress"}) {
		t.Errorf("while somebody sends it: %v", err)
	}
}
