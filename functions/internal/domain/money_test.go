package domain

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

func TestTimesNeverOverflows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.Int64Range(0, 1<<62).Draw(t, "unit")
		quantity := rapid.Int64Range(0, 1<<62).Draw(t, "quantity")
		exact := new(big.Int).Mul(big.NewInt(unit), big.NewInt(quantity))
		fits := exact.Cmp(big.NewInt(amounts.maximum)) <= 0
		got, err := Times(events.Money{Amount: unit, Currency: "USD"}, quantity)
		if fits != (err == nil) || fits && got.Amount != exact.Int64() {
			t.Fatalf("%d × %d = %v, %v", unit, quantity, got, err)
		}
	})
}

func TestPlus(t *testing.T) {
	t.Parallel()
	usd := func(n int64) events.Money { return events.Money{Amount: n, Currency: "USD"} }
	if got, err := Plus(usd(1), usd(2)); err != nil || got != usd(3) {
		t.Errorf("1 + 2 = %v, %v", got, err)
	}
	if _, err := Plus(usd(amounts.maximum), usd(1)); !errors.Is(err, &events.Problem{Code: "amount_too_large"}) {
		t.Errorf("beyond the largest amount: %v", err)
	}
	if _, err := Plus(usd(1), events.Money{Amount: 1, Currency: "EUR"}); !errors.Is(err, &events.Problem{Code: "mixed_currencies"}) {
		t.Errorf("two currencies: %v", err)
	}
}
