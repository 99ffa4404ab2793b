package notification

import (
	"errors"
	"testing"

	"github.com/onlinemart/mart/events"
)

// A mail is sent again once for a request, however often the request comes.
func TestSentAgainOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	n := events.NotificationState{Meta: events.Meta{ID: "n1", Version: 0}, Kind: events.OrderConfirmation, CustomerID: "c1", OrderID: "o1"}
	first, err := o.again(t.Context(), n, "token")
	if err != nil {
		t.Fatal(err)
	}
	delete(o.db.taken, "n1") // db gives a repeated command its first answer
	n.Version = 2            // recorded meanwhile
	second, err := o.again(t.Context(), n, "token")
	if err != nil {
		t.Fatal(err)
	}
	want := events.NotificationResult{Status: events.NotificationSent, Token: "token"}
	for _, m := range []events.Outgoing{first, second} {
		if got := *m.Payload().(*events.NotificationResult); got != want || m.Subject != "n1" {
			t.Errorf("recorded %+v about %s, want %+v", got, m.Subject, want)
		}
	}
	if mails := o.mails(t); len(mails) != 1 {
		t.Errorf("%d mails, want 1", len(mails))
	}
	if _, err := o.again(t.Context(), n, "another"); !errors.Is(err, &events.Problem{Code: "in_progress"}) {
		t.Errorf("while somebody sends it: %v", err)
	}
}
