package domain

import (
	"slices"
	"testing"

	"github.com/bojanz/currency"
	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// The list is as a maintained one, but for the codes of funds, with which nobody pays: a new release of that one shows what has changed.
func TestCurrencies_AreThoseOfISO4217(t *testing.T) {
	t.Parallel()
	funds := []string{"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"}
	want := map[string]int{}
	for _, code := range currency.GetCurrencyCodes() {
		if digits, _ := currency.GetDigits(code); !slices.Contains(funds, code) {
			want[code] = int(digits)
		}
	}
	if diff := cmp.Diff(want, currencies); diff != "" {
		t.Errorf("(-the maintained list +ours):\n%s", diff)
	}
}

func TestProduct_Prices(t *testing.T) {
	t.Parallel()
	for price, want := range map[events.Money][]string{
		{Amount: 1999, Currency: "USD"}: nil, {Amount: 5000, Currency: "UGX"}: nil, {Amount: 0, Currency: "EUR"}: nil, {Amount: 5120, Currency: "KWD"}: nil,
		{Amount: 5124, Currency: "KWD"}: {"body.price.amount"}, {Amount: -1, Currency: "EUR"}: {"body.price.amount"},
		{Amount: 99_999_999, Currency: "EUR"}: nil, {Amount: 100_000_000, Currency: "EUR"}: {"body.price.amount"}, {Amount: 100_000_000, Currency: "IDR"}: nil,
		{Amount: 999_999, Currency: "UGX"}: nil, {Amount: 1_000_000, Currency: "UGX"}: {"body.price.amount"},
		{Amount: 1, Currency: "ABC"}: {"body.price.currency"}, {Amount: 1, Currency: "XXX"}: {"body.price.currency"}, {Amount: 1, Currency: "QQQ"}: {"body.price.currency"},
		{Amount: 1, Currency: "BTC"}: {"body.price.currency"}, {Amount: 1, Currency: "XAU"}: {"body.price.currency"}, {Amount: 1, Currency: "XTS"}: {"body.price.currency"},
		{Amount: 1, Currency: "CLF"}: {"body.price.currency"}, {Amount: 1, Currency: "DEM"}: {"body.price.currency"}, {Amount: 1, Currency: "usd"}: {"body.price.currency"},
		{Amount: 1}: {"body.price.currency"}, {Amount: 500000, Currency: "MGA"}: {"body.price.currency"}, {Amount: 100, Currency: "MRU"}: {"body.price.currency"},
	} {
		_, err := Product(events.ProductFields{SKU: "A", Name: "A", Price: price, Status: events.ProductDraft})
		if diff := cmp.Diff(want, places(err)); diff != "" {
			t.Errorf("%v: %s", price, diff)
		}
	}
}
