package domain

import (
	"fmt"
	"math/bits"

	"github.com/onlinemart/mart/events"
)

// amounts are what anything may cost, in minor units: an order of a hundred lines of a thousand each still fits int64.
var amounts = limitsOf[events.Money]()["amount"]

// Times is unit × quantity. Error: Problem "amount_too_large".
func Times(unit events.Money, quantity int64) (events.Money, error) {
	if unit.Amount < 0 || quantity < 0 {
		return events.Money{}, events.Invalid(events.FieldError{Location: "body", Message: "amounts and quantities are not negative"})
	}
	high, low := bits.Mul64(uint64(unit.Amount), uint64(quantity))
	if high != 0 || low > uint64(amounts.maximum) {
		return events.Money{}, tooLarge()
	}
	return events.Money{Amount: int64(low), Currency: unit.Currency}, nil
}

// Plus is a + b. Errors: Problem "amount_too_large", Problem "mixed_currencies".
func Plus(a, b events.Money) (events.Money, error) {
	if a.Currency != b.Currency {
		return events.Money{}, mixedCurrencies(a.Currency, b.Currency)
	}
	if a.Amount > amounts.maximum-b.Amount {
		return events.Money{}, tooLarge()
	}
	return events.Money{Amount: a.Amount + b.Amount, Currency: a.Currency}, nil
}

func tooLarge() *events.Problem {
	return events.Unprocessable("amount_too_large", "The total is larger than a card can be charged at once; order less at a time.")
}

func mixedCurrencies(one, other string) *events.Problem {
	return events.Unprocessable("mixed_currencies", "An order has one currency; this one mixes "+one+" and "+other+". Place two orders.")
}

// Written is an amount as people write it: 19.99 USD.
func Written(m events.Money) string {
	digits, ok := Decimals(m.Currency)
	if !ok {
		digits = 2 // an order from before currencies were looked at
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	if digits == 0 {
		return fmt.Sprintf("%d %s", m.Amount, m.Currency)
	}
	return fmt.Sprintf("%d.%0*d %s", m.Amount/unit, digits, m.Amount%unit, m.Currency)
}
