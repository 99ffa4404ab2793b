package shipping

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// ShippingMethodFields is what staff say about a shipping method.
type ShippingMethodFields struct {
	Name        string                 `json:"name" doc:"For people who choose." example:"Parcel"`
	Description string                 `json:"description,omitempty" doc:"More about it, for people who choose." example:"To your door."`
	Zones       []ShippingZoneFields   `json:"zones" nullable:"false" doc:"Where it goes."`
	Price       ShippingPriceFields    `json:"price" doc:"What it costs, by what it depends on."`
	Delivery    events.DeliveryPromise `json:"delivery" doc:"How many days it takes from the payment to the door." example:"{\"minDays\":1,\"maxDays\":3}"`
	TaxClass    string                 `json:"taxClass,omitempty" doc:"Which of a country's tax rates holds for it; standard when absent."`
	Status      events.ShippingStatus  `json:"status" doc:"Only an active one is shown and can be chosen." example:"active"`
}

// ShippingZoneFields is countries, or a part of them.
type ShippingZoneFields struct {
	Countries      []string `json:"countries" nullable:"false" doc:"ISO 3166-1 alpha-2, such as PT." example:"GB,PT"`
	PostalPrefixes []string `json:"postalPrefixes,omitempty" doc:"How postal codes begin there; spaces and dashes do not matter. Absent: however they begin."`
}

// ShippingPriceFields is what a method costs.
type ShippingPriceFields struct {
	By       events.ShippingBasis `json:"by" doc:"What upTo is about: nothing (flat, one step without it), the goods' weight in grams, or their total in the minor unit." example:"flat"`
	Currency string               `json:"currency" doc:"ISO 4217. Orders in another currency are not sent by this method." example:"EUR"`
	Steps    []ShippingStepFields `json:"steps" nullable:"false" doc:"The first counts whose upTo is not exceeded; the method does not take what exceeds the last."`
	FreeFrom int64                `json:"freeFrom,omitempty" doc:"The total of the goods, in the minor unit, from which it costs nothing; absent: it always costs what the steps say."`
}

// ShippingStepFields is what a method costs up to a weight or a total.
type ShippingStepFields struct {
	UpTo   int64 `json:"upTo,omitempty" doc:"In grams, or the minor unit; absent in the last step: however much it is."`
	Amount int64 `json:"amount" doc:"In the currency's minor unit." example:"490"`
}

// TransformSchema gives the members the limits of their declaration.
func (ShippingMethodFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ShippingMethodFields](s)
}

// TransformSchema gives the members the limits of their declaration.
func (ShippingZoneFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ShippingZone](s)
}

// TransformSchema gives the members the limits of their declaration.
func (ShippingPriceFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ShippingPrice](s)
}

// TransformSchema gives the members the limits of their declaration.
func (ShippingStepFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ShippingStep](s)
}

// Resolve finds what is wrong beyond the shape.
func (f ShippingMethodFields) Resolve(huma.Context) []error {
	_, err := rules(f)
	return web.Faults(err)
}

func rules(f ShippingMethodFields) (events.ShippingMethodFields, error) {
	return domain.ShippingMethod(events.ShippingMethodFields{
		Name: f.Name, Description: f.Description,
		Zones: each(f.Zones, func(z ShippingZoneFields) events.ShippingZone { return events.ShippingZone(z) }),
		Price: events.ShippingPrice{
			By: f.Price.By, Currency: f.Price.Currency, FreeFrom: f.Price.FreeFrom,
			Steps: each(f.Price.Steps, func(s ShippingStepFields) events.ShippingStep { return events.ShippingStep(s) }),
		},
		Delivery: f.Delivery, TaxClass: f.TaxClass, Status: f.Status,
	})
}

func fields(m events.ShippingMethodState) ShippingMethodFields {
	return ShippingMethodFields{
		Name: m.Name, Description: m.Description,
		Zones: each(m.Zones, func(z events.ShippingZone) ShippingZoneFields { return ShippingZoneFields(z) }),
		Price: ShippingPriceFields{
			By: m.Price.By, Currency: m.Price.Currency, FreeFrom: m.Price.FreeFrom,
			Steps: each(m.Price.Steps, func(s events.ShippingStep) ShippingStepFields { return ShippingStepFields(s) }),
		},
		Delivery: m.Delivery, TaxClass: m.TaxClass, Status: m.Status,
	}
}

func each[A, B any](all []A, as func(A) B) []B {
	others := make([]B, len(all))
	for i, one := range all {
		others[i] = as(one)
	}
	return others
}
