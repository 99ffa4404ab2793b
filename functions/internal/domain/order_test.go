package domain

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

var (
	noon     = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	customer = events.Principal{Type: events.Shopper, ID: "c"}
	clerk    = events.Principal{Type: events.Staff, ID: "s"}
)

func order(s events.OrderStatus) Order {
	return Order{Meta: events.Meta{ID: "o", Version: 3}, CustomerID: "c", Status: s, PayBy: noon.Add(time.Minute), Total: usd(1999)}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from events.OrderStatus
		by   events.Principal
		code string // "" is allowed
	}{
		{events.OrderPlacedStatus, customer, ""},
		{events.OrderPlacedStatus, clerk, ""},
		{events.OrderAuthorizedStatus, customer, "payment_in_progress"},
		{events.OrderAuthorizedStatus, clerk, "payment_in_progress"},
		{events.OrderPaidStatus, customer, "order_not_cancellable"},
		{events.OrderPaidStatus, clerk, ""},
		{events.OrderFulfilledStatus, clerk, "order_not_cancellable"},
		{events.OrderExpiredStatus, customer, "order_not_cancellable"},
		{events.OrderCancelledStatus, clerk, "order_not_cancellable"},
	} {
		got, err := order(c.from).Cancel(c.by, events.Said("changed my mind"), noon)
		if c.code != "" {
			if !errors.Is(err, &events.Problem{Code: c.code}) {
				t.Errorf("%s by %s: %v, want %s", c.from, c.by.Type, err, c.code)
			}
			continue
		}
		want := order(c.from)
		want.Status, want.Version, want.UpdatedAt = events.OrderCancelledStatus, 4, noon
		want.History = []events.OrderStep{{Status: events.OrderCancelledStatus, At: noon, By: c.by, Note: events.Said("changed my mind")}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s by %s: %v (-want +got):\n%s", c.from, c.by.Type, err, diff)
		}
	}
}

func TestCheckPayable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status events.OrderStatus
		now    time.Time
		code   string
	}{
		{events.OrderPlacedStatus, noon, ""},
		{events.OrderPlacedStatus, noon.Add(time.Minute), "order_not_payable"},
		{events.OrderAuthorizedStatus, noon, "payment_in_progress"},
		{events.OrderPaidStatus, noon, "order_not_payable"},
		{events.OrderCancelledStatus, noon, "order_not_payable"},
	} {
		err := order(c.status).CheckPayable(c.now)
		if c.code == "" && err != nil || c.code != "" && !errors.Is(err, &events.Problem{Code: c.code}) {
			t.Errorf("%s at %s: %v, want %q", c.status, c.now, err, c.code)
		}
	}
}

func TestAnOrderThatEndedStaysEnded(t *testing.T) {
	t.Parallel()
	for _, s := range []events.OrderStatus{events.OrderExpiredStatus, events.OrderCancelledStatus, events.OrderReturnedStatus} {
		if next := orderMoves[s]; len(next) != 0 {
			t.Errorf("%s may become %v", s, next)
		}
	}
}
