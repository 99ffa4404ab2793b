package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestWhatAnOrderDoesToStock(t *testing.T) {
	t.Parallel()
	e := events.Received[events.OrderState]{Envelope: events.Envelope{Subject: "o1"}}
	paid, err := commitOnPaid(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	cancelled, err := restockOnCancelled(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range append(paid, cancelled...) {
		got = append(got, m.Of().Type()+" "+m.Subject+" "+m.Payload().(*events.OrderStock).OrderID)
	}
	if diff := cmp.Diff([]string{events.CommitStock.Type() + " o1 o1", events.RestockOrder.Type() + " o1 o1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingIsNoAdjustment(t *testing.T) {
	t.Parallel()
	if _, err := adjust(t.Context(), &adjustIn{ProductID: "p"}); err == nil {
		t.Error("a delta of 0 is taken")
	}
}
