package domain

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

func TestAdjust(t *testing.T) {
	t.Parallel()
	s := events.StockState{OnHand: 5, Reserved: 3, Available: 2, Version: 1}
	got, err := Adjust(s, -2)
	if want := (events.StockState{OnHand: 3, Reserved: 3, Version: 2}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := Adjust(s, -3); !errors.Is(err, &events.Problem{Code: "stock_below_reserved"}) {
		t.Errorf("below what is promised: %v", err)
	}
	if _, err := Adjust(s, 1<<62); !errors.Is(err, &events.Problem{Code: "stock_too_large"}) {
		t.Errorf("too much: %v", err)
	}
}

// Commit, release and restock may come in any order and any number of times: each unit is held once and leaves once.
func TestAnyMovesInAnyOrder(t *testing.T) {
	t.Parallel()
	turns := map[string]func([]Reservation) []Move{"commit": Commit, "release": Release, "restock": Restock}
	rapid.Check(t, func(t *rapid.T) {
		const quantity = 4
		onHand, reserved := int64(10), int64(quantity)
		r := Reservation{ProductID: "a", Quantity: quantity, Done: map[events.StockReason]bool{events.StockReserved: true}}
		for range rapid.IntRange(1, 10).Draw(t, "turns") {
			name := rapid.SampledFrom([]string{"commit", "release", "restock"}).Draw(t, "turn")
			for _, m := range turns[name]([]Reservation{r}) {
				if r.Done[m.Reason] {
					t.Fatalf("%s twice", m.Reason)
				}
				r.Done[m.Reason] = true
				onHand += m.OnHandDelta
				reserved += m.ReservedDelta
			}
			if reserved != 0 && !r.open() || onHand != 10 && onHand != 10-quantity || r.Done[events.StockReleased] && onHand != 10 {
				t.Fatalf("on hand %d, reserved %d after %s: %v", onHand, reserved, name, r.Done)
			}
		}
	})
}
