package payment

import (
	"fmt"
	"strings"

	"github.com/onlinemart/mart/functions/internal/domain"
)

// stripeDecimals are the currencies that Stripe counts otherwise than ISO 4217. The króna and Uganda's shilling have no hundredths any
// more, and are still told in them; the ariary has fifths, and is told in whole ones. Source: docs.stripe.com/currencies, special cases.
// The forint and Taiwan's dollar are charged in hundredths like others; only their payouts are in whole ones.
var stripeDecimals = map[string]int{"ISK": 2, "UGX": 2, "MGA": 0}

// stripeSteps are the steps in which Stripe takes an amount, in its own unit, where they are not 1: a króna and a shilling have no
// parts, and the card networks take no thousandths.
var stripeSteps = map[string]int64{"ISK": 100, "UGX": 100, "BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10}

// toStripe is an amount of ours as Stripe counts it. ok is false when Stripe cannot charge just that much: an amount is never rounded,
// or the books would say something else than the card.
func toStripe(amount int64, currency string) (there int64, ok bool) {
	times, by := factors(currency)
	there = amount * times
	if there%by != 0 {
		return 0, false
	}
	there /= by
	step, special := stripeSteps[currency]
	return there, !special || there%step == 0
}

// fromStripe is an amount of Stripe's as we count it. Error: ErrAmountMismatch, it is none that we could have asked for.
func fromStripe(there int64, currency string) (int64, error) {
	times, by := factors(currency)
	if there*by%times != 0 {
		return 0, fmt.Errorf("%w: %d %s in the provider's unit is no whole number of ours", ErrAmountMismatch, there, currency)
	}
	return there * by / times, nil
}

// factors are what an amount of ours is multiplied with and divided by to be one of Stripe's.
func factors(currency string) (times, by int64) {
	digits, there := 2, 2
	if known, ok := domain.Decimals(currency); ok {
		digits, there = known, known
	}
	if special, ok := stripeDecimals[currency]; ok {
		there = special
	}
	times, by = 1, 1
	for range max(there-digits, 0) {
		times *= 10
	}
	for range max(digits-there, 0) {
		by *= 10
	}
	return times, by
}

// ours turns what Stripe says of money into ours. Beside ErrAmountMismatch the amount is none: whoever gives it back gives back all.
func (o Outcome) ours() (Outcome, error) {
	o.Currency = strings.ToUpper(o.Currency)
	var err error
	o.Amount, err = fromStripe(o.Amount, o.Currency)
	return o, err
}

func notChargeable(currency string) Failure {
	return Failure{Code: "amount_not_chargeable", Message: "The provider cannot move exactly this amount of " + currency + "; it takes coarser ones only."}
}
