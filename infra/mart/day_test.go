package main

import (
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/bench"
)

// A small day goes by without a failure, leaves nothing broken, and tells what was done in it.
func TestADayInTheShop(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts a mart")
	}
	var progress strings.Builder
	day, err := bench.WholeDay(t.Context(), bench.Options{For: 200 * time.Millisecond, Buyers: 4, Purchases: 4, Progress: &progress}, 1, 40)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	if day.Failures > 0 || len(day.Violations) > 0 {
		t.Errorf("%d visits failed, the last: %s; broken: %q", day.Failures, day.Failure, day.Violations)
	}
	counts, orders := map[string]int{}, 0
	for _, s := range day.Steps {
		counts[s.What] = s.Count
		if s.What == "order" || strings.HasPrefix(s.What, "order of") || strings.HasPrefix(s.What, "order from") {
			orders += s.Count
		}
	}
	if orders != 40 || day.OrdersPerSecond <= 0 || day.PurchasesBefore <= 0 || day.PurchasesAfter <= 0 {
		t.Errorf("%+v", day)
	}
	for _, what := range []string{
		"order", "order of a guest", "order from a cart", "order of a guest from a cart", "cart opened", "put into a cart", "cart claimed", "page", "quote", "payment", "sent", "arrived", "return received", "own orders",
	} {
		if counts[what] == 0 {
			t.Errorf("nobody did what is called %q: %v", what, counts)
		}
	}
	var shown strings.Builder
	dayTable(&shown, day)
	if !strings.Contains(shown.String(), "40 orders of the day of seed 1") {
		t.Error(shown.String())
	}
}
