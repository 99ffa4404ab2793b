package notification

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/effect"
)

// stockLowID is that of the event that a product is low: one mail for each event and member of staff.
var stockLowID = events.NewID()

// said is an event for each kind of mail, by its type.
func said() map[string]events.Outgoing {
	order := orderState()
	refund := events.RefundState{
		RefundID: "r1", Amount: events.Money{Amount: 500, Currency: "USD"}, Reason: events.Said("a wish"),
		Payment: events.PaymentState{Meta: events.Meta{ID: "p1", Version: 5}, Amount: events.Money{Amount: 500, Currency: "USD"}, OrderID: "o1", CustomerID: "c1"},
	}
	due := events.NotificationState{
		Meta: events.Meta{ID: "n1", Version: 1, CreatedAt: time.Now()}, Kind: events.OrderConfirmation, CustomerID: "c1", OrderID: "o1",
		Status: events.NotificationSending,
	}
	return map[string]events.Outgoing{
		events.OrderWaiting.Type():         events.OrderWaiting.New("o1", order),
		events.OrderExpired.Type():         events.OrderExpired.New("o1", order),
		events.OrderPaid.Type():            events.OrderPaid.New("o1", order),
		events.OrderCancelled.Type():       events.OrderCancelled.New("o1", order),
		events.OrderPartCancelled.Type():   events.OrderPartCancelled.New("o1", partCancelled()),
		events.OrderFulfilled.Type():       events.OrderFulfilled.New("o1", sentState(events.PartSent)),
		events.OrderDelivered.Type():       events.OrderDelivered.New("o1", sentState(events.PartDelivered)),
		events.OrderReturnRequested.Type(): events.OrderReturnRequested.New("o1", returnState(events.ReturnRequestedStatus)),
		events.OrderReturnApproved.Type():  events.OrderReturnApproved.New("o1", returnState(events.ReturnApprovedStatus)),
		events.OrderReturnRefused.Type():   events.OrderReturnRefused.New("o1", returnState(events.ReturnRefusedStatus)),
		events.OrderReturnReceived.Type():  events.OrderReturnReceived.New("o1", returnState(events.ReturnReceivedStatus)),
		events.PaymentRefunded.Type():      events.PaymentRefunded.New("p1", refund),
		events.CustomerRegistered.Type():   events.CustomerRegistered.New("c1", events.CustomerState{Meta: events.Meta{ID: "c1", Version: 1}}),
		events.LoginAttacked.Type():        events.LoginAttacked.New("c1", events.LoginAttack{Owner: events.Principal{Type: events.Shopper, ID: "c1"}, Wrong: 20, Since: time.Now()}).WithID(events.NewID(), ""), // the same each time
		events.ResetIssued.Type():          events.ResetIssued.New(resetID, events.ResetIssue{Owner: events.Principal{Type: events.Shopper, ID: "c1"}, ExpiresAt: time.Now()}),
		events.VerificationIssued.Type():   events.VerificationIssued.New(resetID, events.VerificationIssue{CustomerID: "c1", ExpiresAt: time.Now()}),
		events.EmailChangeRequested.Type(): events.EmailChangeRequested.New(resetID, events.EmailChangeHeard{CustomerID: "c1"}),
		events.EmailChanged.Type():         events.EmailChanged.New(resetID, events.VerificationIssue{CustomerID: "c1", ExpiresAt: time.Now()}),
		events.StockLow.Type():             events.StockLow.New("p1", events.StockShortage{StockState: events.StockState{ProductID: "p1", OnHand: 4, Available: 4}, LowAt: 5}).WithID(stockLowID, ""), // the same each time
		events.NotificationDue.Type():      events.NotificationDue.New("n1", due),
	}
}

// ports are where the office's events come in: at once, and two days later.
func (o office) ports(t *testing.T) (now, later *functiontest.Port) {
	t.Helper()
	port := func(lateAfter time.Duration) *functiontest.Port {
		m := *o.mailer
		var err error
		if m.rule, err = effect.NewRule(effect.Settings{LateAfter: lateAfter}, prometheus.NewRegistry()); err != nil {
			t.Fatal(err)
		}
		return functiontest.Receive(t, events.Notification, m.reactions(), o.db.record)
	}
	return port(time.Hour), port(time.Nanosecond)
}

func deliver(t *testing.T, p *functiontest.Port, m events.Outgoing) {
	t.Helper()
	if status := p.Deliver(t, time.Now(), m); status != http.StatusAccepted || p.Buried != nil {
		t.Fatalf("%s: %d, dead letters %v", m.Of().Type(), status, p.Buried)
	}
}

// Every event that a mail has followed comes again two days later, twice: no mail goes out, and db is not even asked for the right to
// send one. This holds for whatever asks for a mail, also for one that is yet to be written.
func TestSentAndDeliveredLate(t *testing.T) {
	t.Parallel()
	for _, m := range (&mailer{}).mailings() {
		h := events.Handler(m)
		t.Run(h.Message.Declaration().String(), func(t *testing.T) {
			t.Parallel()
			o := open(t)
			now, later := o.ports(t)
			m, ok := said()[h.Message.Type()]
			if !ok {
				t.Fatalf("add a sample of %s to said in functions/notification/late_test.go, for which one mail goes out", h.Message.Type())
			}
			deliver(t, now, m)
			claims := o.db.claims
			deliver(t, later, m)
			deliver(t, later, m)
			if n := len(o.mails(t)); n != 1 || claims != 1 || o.db.claims != 1 {
				t.Errorf("%d mails, %d claims at first, %d at last", n, claims, o.db.claims)
			}
		})
	}
}

// A mail that never went out goes out late, about the order as it is now, unless it says what is not so any more.
func TestNeverSentAndDeliveredLate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event  string
		order  events.OrderStatus
		stored events.NotificationStatus // "": nobody has begun to send it
		mails  int
	}{
		{events.OrderPaid.Type(), events.OrderPaidStatus, "", 1},
		{events.OrderPaid.Type(), events.OrderDeliveredStatus, "", 1},
		{events.OrderPaid.Type(), events.OrderCancelledStatus, "", 0},
		{events.OrderPaid.Type(), events.OrderReturnedStatus, "", 1},
		{events.OrderPaid.Type(), events.OrderPaidStatus, events.NotificationSending, 1}, // its sender was never heard of again
		{events.OrderPaid.Type(), events.OrderPaidStatus, events.NotificationFailed, 0},
		{events.OrderWaiting.Type(), events.OrderPlacedStatus, "", 1},
		{events.OrderWaiting.Type(), events.OrderPaidStatus, "", 0},
		{events.OrderExpired.Type(), events.OrderExpiredStatus, "", 1},
		{events.OrderCancelled.Type(), events.OrderCancelledStatus, "", 1},
		{events.OrderFulfilled.Type(), events.OrderDeliveredStatus, "", 1},
		{events.OrderDelivered.Type(), events.OrderDeliveredStatus, "", 1},
		{events.PaymentRefunded.Type(), events.OrderCancelledStatus, "", 1},
		{events.CustomerRegistered.Type(), "", "", 1},
		{events.StockLow.Type(), "", "", 0}, // there may be more again
		{events.NotificationDue.Type(), events.OrderCancelledStatus, events.NotificationSending, 1},
	} {
		t.Run(c.event+" "+string(c.order)+" "+string(c.stored), func(t *testing.T) {
			t.Parallel()
			o := open(t)
			_, later := o.ports(t)
			changed := orderState()
			changed.Status, changed.Number = c.order, "M-000099"
			o.db.orders["o1"] = changed
			if c.stored != "" {
				for _, id := range []string{"n1", events.DeriveID("notification", string(events.OrderConfirmation), "o1")} {
					o.db.known[id] = events.NotificationState{Meta: events.Meta{ID: id}, Status: c.stored}
				}
			}
			deliver(t, later, said()[c.event])
			mails := o.mails(t)
			if len(mails) != c.mails {
				t.Fatalf("%d mails, want %d", len(mails), c.mails)
			}
			if c.mails == 1 && c.order != "" && !strings.Contains(mails[0], "M-000099") {
				t.Errorf("the mail is not about the order as it is now:\n%s", mails[0])
			}
		})
	}
}
