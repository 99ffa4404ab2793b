package payment

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/paymentgateway"
)

// tell delivers what the provider tells by webhook, in this order, as the function's route does.
func (b *books) tell(statuses ...Status) {
	b.t.Helper()
	for _, status := range statuses {
		e := b.told(status)
		if hasSaid(events.PaymentState(b.p), e.Outcome.Status) {
			continue
		}
		command, err := commandFor(events.PaymentState(b.p), e)
		if err != nil {
			b.t.Fatal(err)
		}
		b.hear(command)
	}
}

// told waits for what the provider tells of a status. It tells in no order.
func (b *books) told(status Status) WebhookEvent {
	b.t.Helper()
	for i := 0; ; i++ {
		if i == len(b.unread) {
			h := <-b.hooks
			e, err := b.ParseWebhook(h.header, h.body, time.Now())
			if err != nil || !e.Relevant {
				b.t.Fatalf("%+v %v", e, err)
			}
			b.unread = append(b.unread, e)
		}
		if e := b.unread[i]; e.Outcome.Status == status {
			b.unread = slices.Delete(b.unread, i, i+1)
			return e
		}
	}
}

// A capture that the provider answers with another amount goes back, and the payment comes to an end that says so, whether the provider's own
// word of it, with the right amount, comes after that or before.
func TestOtherAmountComesToAnEnd(t *testing.T) {
	t.Parallel()
	back := paymentgateway.Sums{Currency: "eur", Intents: 1, Authorized: 1250, Captured: 1250, Refunded: 1250}
	type end struct {
		Status             events.PaymentStatus
		Captured, Refunded int64
		Refunds            []events.RefundStatus
		Step               events.PaymentStep
	}
	told := []Status{Authorized, Captured, Refunded}
	for name, c := range map[string]struct {
		first, last []Status // what the provider tells before the answer is taken in, and after it
		want        end
	}{
		"nothing is told":         {want: end{Status: events.PaymentDeclinedStatus}},
		"it is told after that":   {last: told, want: end{Status: events.PaymentRefundedStatus, Captured: 1250, Refunded: 1250, Refunds: []events.RefundStatus{events.RefundDoneStatus}}},
		"it is told before that":  {first: told[:2], last: told[2:], want: end{Status: events.PaymentRefundedStatus, Captured: 1250, Refunded: 1250, Refunds: []events.RefundStatus{events.RefundDoneStatus}}},
		"all is told before that": {first: told, want: end{Status: events.PaymentRefundedStatus, Captured: 1250, Refunded: 1250, Refunds: []events.RefundStatus{events.RefundDoneStatus}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, events.OrderPlacedStatus)
			b.fault(t, "capture", "other_amount")
			b.early = c.first
			b.start()
			b.tell(c.last...)
			got := end{Status: b.p.Status, Captured: b.p.Captured, Refunded: b.p.Refunded, Step: b.p.Step}
			for _, r := range b.p.Refunds {
				got.Refunds = append(got.Refunds, r.Status)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(back, b.charged()); diff != "" {
				t.Errorf("the provider's ledger (-want +got):\n%s", diff)
			}
			if b.port.Buried != nil {
				t.Errorf("dead letters: %v", b.port.Buried)
			}
		})
	}
}
