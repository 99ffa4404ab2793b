package paymentgateway

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
)

// otherDecimals are the currencies whose minor unit at Stripe is not that of ISO 4217.
// Source: docs.stripe.com/currencies, special cases.
var otherDecimals = map[string]int{"ISK": 2, "UGX": 2, "MGA": 0}

// formatted is an amount in Stripe's minor unit as people read it: €12.50.
func formatted(amount int64, code string) string {
	code = strings.ToUpper(code)
	decimals, other := otherDecimals[code]
	if !other {
		digits, known := currency.GetDigits(code)
		if !known {
			return fmt.Sprintf("%d %s", amount, code)
		}
		decimals = int(digits)
	}
	text := fmt.Sprintf("%0*d", decimals+1, amount)
	whole, part := text[:len(text)-decimals], text[len(text)-decimals:]
	number := whole
	if strings.Trim(part, "0") != "" {
		number += "." + part
	}
	sum, err := currency.NewAmount(number, code)
	if err != nil {
		return strconv.FormatInt(amount, 10) + " " + code
	}
	return currency.NewFormatter(currency.NewLocale("en")).Format(sum)
}
