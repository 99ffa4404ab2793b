package notification

import (
	"html"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/ordertoken"
)

// Mails to a guest lead to the page of their order with what opens it, as long as it does; to a customer with nothing, because they log in.
func TestMailsToGuestsOpenTheirOrder(t *testing.T) {
	t.Parallel()
	o := open(t)
	order := orderState()
	order.ID = events.NewID()
	for name, c := range map[string]struct {
		customer string
		placed   time.Duration // ago
		want     string        // behind the page's address; "-": there is no page
	}{
		"a guest": {order.ID, time.Hour, "#token="}, "a guest after long": {order.ID, ordertoken.Life, "-"}, "a customer": {events.NewID(), time.Hour, ""},
	} {
		of := order
		of.CustomerID, of.CreatedAt = c.customer, time.Now().Add(-c.placed).Truncate(time.Second)
		want := "https://shop.example/orders/" + of.ID + c.want
		if c.want == "#token=" {
			want += ordertoken.New(o.keys, of.ID, of.CreatedAt)
		}
		m, err := o.letters.compose(events.NotificationState{Kind: events.OrderConfirmation, OrderID: of.ID, Name: events.NewPersonal("Gil")}, matter{order: &of, token: o.guestToken(&of)})
		if err != nil {
			t.Fatal(err)
		}
		page := html.UnescapeString(m.page)
		if c.want == "-" {
			if strings.Contains(m.text, "/orders/") || strings.Contains(page, "/orders/") {
				t.Errorf("%s: the mail leads where nothing opens:\n%s", name, m.text)
			}
			continue
		}
		if !strings.Contains(m.text, want+"\n") || !strings.Contains(page, `href="`+want+`"`) {
			t.Errorf("%s: the mail does not lead to %s:\n%s", name, want, m.text)
		}
	}
}

// A mail about an order is claimed for its guest as it is for a customer, and what is sent has the link.
func TestAGuestIsMailed(t *testing.T) {
	t.Parallel()
	o := open(t)
	order := orderState()
	order.ID = events.NewID()
	order.CustomerID, order.CreatedAt = order.ID, time.Now()
	if _, err := o.sendOnce(t.Context(), confirmationOnPaid(events.Received[events.OrderState]{Envelope: events.Envelope{Subject: order.ID}, Data: order})); err != nil {
		t.Fatal(err)
	}
	want := events.NotificationClaim{Kind: events.OrderConfirmation, CustomerID: order.ID, OrderID: order.ID}
	if len(o.db.letters) != 1 || o.db.letters[0] != want {
		t.Errorf("claimed %+v", o.db.letters)
	}
	if got := o.received(t); len(got) != 1 || !strings.Contains(got[0].text, "/orders/"+order.ID+"#token="+order.ID+".") {
		t.Errorf("sent %+v", got)
	}
}
