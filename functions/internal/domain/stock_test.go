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
		r := Reservation{ProductID: "a", Reserved: quantity}
		for range rapid.IntRange(1, 10).Draw(t, "turns") {
			name := rapid.SampledFrom([]string{"commit", "release", "restock"}).Draw(t, "turn")
			for _, m := range turns[name]([]Reservation{r}) {
				r = r.after(m)
				onHand += m.OnHandDelta
				reserved += m.ReservedDelta
			}
			want := Reservation{ProductID: "a", Reserved: quantity, Released: r.Released, Committed: r.Committed, Restocked: r.Restocked}
			if r != want || reserved != r.held() || onHand != 10-r.taken() || r.held() < 0 || r.taken() < 0 || r.Released > 0 && onHand != 10 {
				t.Fatalf("on hand %d, reserved %d after %s: %+v", onHand, reserved, name, r)
			}
		}
	})
}

// What is sent leaves the shelf once, whether or not the whole order has left it before.
func TestWhatIsSentLeavesTheShelfOnce(t *testing.T) {
	t.Parallel()
	goods := func(sent int64) []Goods { return []Goods{{ProductID: "a", Ordered: 5, Sent: sent}} }
	for _, c := range []struct {
		name string
		r    Reservation
		sent int64 // before
		now  int64
		want int64
	}{
		{"all is held", Reservation{ProductID: "a", Reserved: 5}, 0, 2, 2},
		{"the rest is held", Reservation{ProductID: "a", Reserved: 5, Committed: 2}, 2, 3, 3},
		{"all has left", Reservation{ProductID: "a", Reserved: 5, Committed: 5}, 0, 2, 0},
		{"some has left and was not sent", Reservation{ProductID: "a", Reserved: 5, Committed: 4}, 2, 3, 1},
		{"of another product", Reservation{ProductID: "b", Reserved: 5}, 0, 2, 0},
	} {
		var got int64
		for _, m := range CommitSent([]Reservation{c.r}, goods(c.sent), []events.OrderItem{{ProductID: "a", Quantity: c.now}}) {
			if m.Reason != events.StockCommitted || m.ReservedDelta != m.OnHandDelta {
				t.Errorf("%s: %+v", c.name, m)
			}
			got -= m.OnHandDelta
		}
		if got != c.want {
			t.Errorf("%s: %d leave the shelf, want %d", c.name, got, c.want)
		}
	}
}

// What is not sent any more is let go where it is held, and comes back to the shelf where it had left it; other products stay as they are.
func TestWhatIsNotSentAnyMoreIsFree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		r                 Reservation
		n                 int64
		released, onShelf int64
	}{
		{"held", Reservation{ProductID: "a", Reserved: 5}, 2, 2, 0},
		{"taken", Reservation{ProductID: "a", Reserved: 5, Committed: 5}, 2, 0, 2},
		{"some of both", Reservation{ProductID: "a", Reserved: 5, Committed: 4}, 3, 1, 2},
		{"of another product", Reservation{ProductID: "b", Reserved: 5, Committed: 4}, 3, 0, 0},
	} {
		var released, onShelf int64
		for _, m := range Free([]Reservation{c.r}, []events.OrderItem{{ProductID: "a", Quantity: c.n}}) {
			released, onShelf = released-m.ReservedDelta, onShelf+m.OnHandDelta
		}
		if released != c.released || onShelf != c.onShelf {
			t.Errorf("%s: %d are let go and %d come back, want %d and %d", c.name, released, onShelf, c.released, c.onShelf)
		}
	}
}

// A product becomes low when it was not and is: neither while it is, nor when it comes from below.
func TestBecomesLow(t *testing.T) {
	t.Parallel()
	type step struct{ before, after, lowAt int64 }
	for s, want := range map[step]bool{
		{6, 5, 5}: true, {100, 0, 5}: true, {1, 0, 0}: true, {5, 4, 5}: false, {7, 6, 5}: false, {0, 3, 5}: false, {6, 6, 5}: false, {0, 9, 5}: false, {1, 0, -1}: false,
	} {
		if got := BecomesLow(s.before, s.after, s.lowAt); got != want {
			t.Errorf("%+v: %v, want %v", s, got, want)
		}
	}
}
