package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/functions/internal/domain"
)

// describeMoney says of an amount how much it is at most, which depends on its currency: in words, and as the schema of what a card can be charged. It is only said:
// the rule judges, and tells better.
func describeMoney(money *huma.Schema) {
	if money == nil {
		return
	}
	amount := money.Properties["amount"]
	most := float64(domain.MostChargeable)
	limit := schemaOfMost(domain.MostChargeable)
	var words []string
	for _, currency := range slices.Backward(slices.Sorted(maps.Keys(domain.Chargeables))) {
		of := domain.Chargeables[currency]
		most = max(most, float64(of))
		words = append(words, fmt.Sprintf("%d of %s", of, currency))
		limit = map[string]any{
			"if":   map[string]any{"properties": map[string]any{"currency": map[string]any{"const": currency}}},
			"then": schemaOfMost(of), "else": limit,
		}
	}
	slices.Reverse(words)
	amount.Maximum = &most
	amount.Description += fmt.Sprintf(" At most %d, which is what a card can be charged at once; %s.", domain.MostChargeable, strings.Join(words, ", "))
	money.Extensions = limit
}

func schemaOfMost(amount int64) map[string]any {
	return map[string]any{"properties": map[string]any{"amount": map[string]any{"maximum": amount}}}
}
