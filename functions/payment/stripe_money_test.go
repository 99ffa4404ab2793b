package payment

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/infra/paymentgateway"
)

// What reaches the provider is what the buyer owes, in the provider's own unit, and what it says comes back in ours, by an answer and by
// a webhook. The gateway's ledger is the witness.
func TestMoneyAsTheProviderCountsIt(t *testing.T) {
	t.Parallel()
	for currency, c := range map[string]struct{ ours, theirs int64 }{
		"UGX": {5000, 500000}, "ISK": {1990, 199000}, "MGA": {500000, 5000}, "JPY": {500, 500}, "USD": {1999, 1999}, "HUF": {199900, 199900}, "TWD": {80045, 80045},
		"KWD": {5120, 5120}, "TND": {10, 10},
	} {
		t.Run(currency, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			a := wish("pm_card_visa")
			a.Amount, a.Currency = c.ours, currency
			held, err := p.Authorize(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			heldEvent := p.event(t)
			s := Step{PaymentID: a.PaymentID, Ref: held.Ref, Amount: c.ours, Currency: currency}
			taken, err := p.Capture(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			takenEvent := p.event(t)
			back, err := p.Refund(t.Context(), Refund{RefundID: "r1", PaymentID: a.PaymentID, Ref: held.Ref, Amount: c.ours, Currency: currency})
			if err != nil {
				t.Fatal(err)
			}
			backEvent := p.event(t)
			for what, o := range map[string]Outcome{
				"held": held, "taken": taken, "back": back, "held, told": heldEvent.Outcome, "taken, told": takenEvent.Outcome, "back, told": backEvent.Outcome,
			} {
				if o.Amount != c.ours || o.Currency != currency {
					t.Errorf("%s: %d %s, want %d", what, o.Amount, o.Currency, c.ours)
				}
			}
			sums := p.charged()
			want := paymentgateway.Sums{Currency: sums.Currency, Intents: 1, Authorized: c.theirs, Captured: c.theirs, Refunded: c.theirs}
			if d := cmp.Diff(want, sums); d != "" {
				t.Error(d)
			}
		})
	}
}

// An amount that the provider cannot move exactly is refused before it is asked: rounding would have the card and the books differ.
func TestAnAmountIsNeverRounded(t *testing.T) {
	t.Parallel()
	for currency, amount := range map[string]int64{"KWD": 5124, "BHD": 1, "MGA": 1050} {
		p := setup(t)
		a := wish("pm_card_visa")
		a.Amount, a.Currency = amount, currency
		o, err := p.Authorize(t.Context(), a)
		if d := cmp.Diff(Outcome{Status: Declined, Failure: notChargeable(currency)}, o); d != "" || err != nil {
			t.Errorf("%v %s", err, d)
		}
		o, err = p.Refund(t.Context(), Refund{RefundID: "r1", PaymentID: a.PaymentID, Ref: "pi_1", Amount: amount, Currency: currency})
		if d := cmp.Diff(Outcome{Status: RefundFailed, Failure: notChargeable(currency)}, o); d != "" || err != nil {
			t.Errorf("%v %s", err, d)
		}
		if _, err := p.Capture(t.Context(), Step{PaymentID: a.PaymentID, Ref: "pi_1", Amount: amount, Currency: currency}); !errors.Is(err, ErrProviderRequest) {
			t.Error(err)
		}
		if d := cmp.Diff(paymentgateway.Sums{}, p.charged()); d != "" {
			t.Error(d)
		}
	}
	var w WebhookEvent
	raw := json.RawMessage(`{"id": "re_1", "status": "succeeded", "amount": 550, "currency": "ugx", "metadata": {"payment_id": "p1", "refund_id": "r1"}}`)
	if err := readRefund(&w, raw); !errors.Is(err, ErrAmountMismatch) {
		t.Errorf("five and a half shillings: %v", err)
	}
}

func TestMoneyThereAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom([]string{"UGX", "ISK", "MGA", "KWD", "JPY", "EUR", "QQQ"}).Draw(t, "currency")
		amount := rapid.Int64Range(0, 1_000_000_000_000).Draw(t, "amount")
		there, ok := toStripe(amount, currency)
		if !ok {
			return
		}
		if back, err := fromStripe(there, currency); err != nil || back != amount {
			t.Fatalf("%d %s is %d there and %d back: %v", amount, currency, there, back, err)
		}
	})
}

// The most that an order may cost is the most that the provider takes: eight digits of its own unit, twelve of rupiah.
func TestWhatAnOrderMayCostCanBeCharged(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]int64{"EUR": 99_999_999, "JPY": 99_999_999, "KWD": 99_999_990, "UGX": 99_999_900, "ISK": 99_999_900, "IDR": 999_999_999_999} {
		most := domain.Chargeable(currency)
		if currency == "KWD" {
			most -= most % 10
		}
		if got, ok := toStripe(most, currency); !ok || got != want {
			t.Errorf("%s: %d of the provider's, %v; want %d", currency, got, ok, want)
		}
	}
}
