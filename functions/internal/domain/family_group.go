package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// OptionValue is a value that some product has of an option.
type OptionValue struct{ Option, Value string }

// OptionsThere are a family's options with those of their values that some of its products have, in the family's order.
func OptionsThere(family []events.FamilyOption, there []OptionValue) []events.FamilyOption {
	all := []events.FamilyOption{}
	for _, option := range family {
		has := events.FamilyOption{Name: option.Name, Values: []string{}}
		for _, value := range option.Values {
			if slices.Contains(there, OptionValue{option.Name, value}) {
				has.Values = append(has.Values, value)
			}
		}
		all = append(all, has)
	}
	return all
}
