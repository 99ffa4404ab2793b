package events

import "fmt"

// ShippingStatus is where a shipping method is in its life; only active ones are shown and chosen.
type ShippingStatus string

// The life of a shipping method.
const (
	ShippingActive  ShippingStatus = "active"
	ShippingRetired ShippingStatus = "retired"
)

// ShippingZone is countries that a method serves: all of them, or where postal codes begin in one of some ways.
type ShippingZone struct {
	Countries      []string `json:"countries" minItems:"1" maxItems:"250" nullable:"false" doc:"ISO 3166-1 alpha-2, such as PT." example:"GB,PT"`
	PostalPrefixes []string `json:"postalPrefixes,omitempty" maxItems:"100" nullable:"false" doc:"How postal codes begin there, without spaces and dashes; absent: however they begin."`
}

// ShippingBasis is what a method's price depends on.
type ShippingBasis string

// What the price of a shipping method depends on.
const (
	ByNothing ShippingBasis = "flat"
	ByWeight  ShippingBasis = "weight" // of all goods, in grams
	ByTotal   ShippingBasis = "total"  // of all goods, in the currency's minor unit
)

// ShippingPrice is what a method costs. The first step counts whose upTo is not exceeded; a method does not take what exceeds the last.
type ShippingPrice struct {
	By       ShippingBasis  `json:"by" enum:"flat,weight,total" doc:"What the steps are about: nothing (one step without upTo), the goods' weight in grams, or their total." example:"flat"`
	Currency string         `json:"currency" pattern:"^[A-Z]{3}$" patternDescription:"three capital letters, such as USD" doc:"ISO 4217. Orders in another currency are not sent by this method." example:"EUR"`
	Steps    []ShippingStep `json:"steps" minItems:"1" maxItems:"50" nullable:"false" doc:"The first counts whose upTo is not exceeded."`
	FreeFrom int64          `json:"freeFrom,omitempty" minimum:"1" maximum:"1000000000000" doc:"The total of the goods, in the minor unit, from which it costs nothing; absent: it always costs something."`
}

// ShippingStep is what a method costs up to a weight or a total.
type ShippingStep struct {
	UpTo   int64 `json:"upTo,omitempty" minimum:"1" maximum:"1000000000000" doc:"In grams, or the minor unit; absent in the last step: however much it is."`
	Amount int64 `json:"amount" minimum:"0" maximum:"1000000000000" doc:"In the currency's minor unit." example:"490"`
}

// DeliveryPromise is how many days it takes from the payment to the door.
type DeliveryPromise struct {
	MinDays int64 `json:"minDays" minimum:"0" maximum:"365" doc:"At the least." example:"1"`
	MaxDays int64 `json:"maxDays" minimum:"0" maximum:"365" doc:"At the most." example:"3"`
}

// ShippingMethodFields is what a member of staff says about a way in which goods are sent.
type ShippingMethodFields struct {
	Name        string          `json:"name" minLength:"1" maxLength:"120"`
	Description string          `json:"description,omitempty" maxLength:"2000"`
	Zones       []ShippingZone  `json:"zones" minItems:"1" maxItems:"50" nullable:"false"`
	Price       ShippingPrice   `json:"price"`
	Delivery    DeliveryPromise `json:"delivery"`
	TaxClass    string          `json:"taxClass,omitempty" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" patternDescription:"small letters and digits, in words joined by single dashes" maxLength:"40"`
	Status      ShippingStatus  `json:"status" enum:"active,retired"`
}

// ShippingMethodState is a shipping method as it is stored.
type ShippingMethodState struct {
	Meta
	ShippingMethodFields
}

// ShippingMethodFilter asks for a page of shipping methods.
type ShippingMethodFilter struct {
	Paging
	Country string         `json:"country,omitempty"` // that serve some of it at least
	Status  ShippingStatus `json:"status,omitempty"`  // "" is any; the public always asks for active
}

// The messages about shipping methods.
var (
	shippingMethods = Resource[ShippingMethodFields, ShippingMethodState, ShippingMethodFilter]{
		Noun: "shippingMethod", Path: "/shipping-methods", By: Order, Write: ShippingWrite, Anyone: true,
		Example: func(n int) ShippingMethodFields {
			return ShippingMethodFields{
				Name: fmt.Sprintf("Parcel %d", n), Zones: []ShippingZone{{Countries: []string{"PT", "ES"}}, {Countries: []string{"FR"}, PostalPrefixes: []string{"75"}}},
				Price:    ShippingPrice{By: ByWeight, Currency: "EUR", Steps: []ShippingStep{{UpTo: 2000, Amount: 490}, {UpTo: 30_000, Amount: 990}}, FreeFrom: 5000},
				Delivery: DeliveryPromise{MinDays: 1, MaxDays: 3}, Status: ShippingActive,
			}
		},
	}

	CreateShippingMethod, UpdateShippingMethod, DeleteShippingMethod    = shippingMethods.Commands()
	ShippingMethodCreated, ShippingMethodUpdated, ShippingMethodDeleted = shippingMethods.Events()
	GetShippingMethod, ListShippingMethods                              = shippingMethods.Queries()
)
