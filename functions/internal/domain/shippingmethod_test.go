package domain_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// parcel is a shipping method that is all right.
func parcel() events.ShippingMethodFields {
	return events.ShippingMethodFields{
		Name:  "Parcel",
		Zones: []events.ShippingZone{{Countries: []string{"PT", "ES"}}, {Countries: []string{"GB"}, PostalPrefixes: []string{"N1", "SW"}}},
		Price: events.ShippingPrice{
			By: events.ByWeight, Currency: "EUR", Steps: []events.ShippingStep{{UpTo: 2000, Amount: 490}, {UpTo: 30_000, Amount: 990}}, FreeFrom: 5000,
		},
		Delivery: events.DeliveryPromise{MinDays: 1, MaxDays: 3}, TaxClass: "standard", Status: events.ShippingActive,
	}
}

func TestShippingMethod(t *testing.T) {
	t.Parallel()
	said := parcel()
	said.Name, said.TaxClass = " Parcel ", ""
	said.Zones[1].PostalPrefixes = []string{"n 1", "S-W"}
	got, err := domain.ShippingMethod(said)
	if diff := cmp.Diff(parcel(), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	again, err := domain.ShippingMethod(got)
	if diff := cmp.Diff(got, again); diff != "" || err != nil {
		t.Errorf("what is stored is not stored as it is: %v\n%s", err, diff)
	}
}

func TestShippingMethod_Faults(t *testing.T) {
	t.Parallel()
	steps := func(all ...events.ShippingStep) func(*events.ShippingMethodFields) {
		return func(f *events.ShippingMethodFields) { f.Price.Steps = all }
	}
	zone := func(z events.ShippingZone) func(*events.ShippingMethodFields) {
		return func(f *events.ShippingMethodFields) { f.Zones = []events.ShippingZone{z} }
	}
	for at, change := range map[string][]func(*events.ShippingMethodFields){
		"body.name":                       {func(f *events.ShippingMethodFields) { f.Name = " " }},
		"body.description":                {func(f *events.ShippingMethodFields) { f.Description = "a\x00" }},
		"body.zones":                      {func(f *events.ShippingMethodFields) { f.Zones = nil }, func(f *events.ShippingMethodFields) { f.Zones = slices.Repeat(f.Zones[:1], 51) }},
		"body.zones[0].countries":         {zone(events.ShippingZone{})},
		"body.zones[0].countries[1]":      {zone(events.ShippingZone{Countries: []string{"PT", "UK"}})},
		"body.zones[0].postalPrefixes":    {zone(events.ShippingZone{Countries: []string{"PT"}, PostalPrefixes: slices.Repeat([]string{"1"}, 101)})},
		"body.zones[0].postalPrefixes[1]": {zone(events.ShippingZone{Countries: []string{"PT"}, PostalPrefixes: []string{"1", " "}}), zone(events.ShippingZone{Countries: []string{"PT"}, PostalPrefixes: []string{"1", "%"}})},
		"body.price.by":                   {func(f *events.ShippingMethodFields) { f.Price.By = "moon" }},
		"body.price.currency":             {func(f *events.ShippingMethodFields) { f.Price.Currency = "XAU" }},
		"body.price.freeFrom":             {func(f *events.ShippingMethodFields) { f.Price.FreeFrom = -1 }},
		"body.price.steps": {
			steps(), steps(ascending(51)...),
			func(f *events.ShippingMethodFields) { f.Price.By = events.ByNothing },
			func(f *events.ShippingMethodFields) {
				f.Price.By, f.Price.Steps = events.ByNothing, []events.ShippingStep{{UpTo: 1, Amount: 1}}
			},
		},
		"body.price.steps[0].upTo":   {steps(events.ShippingStep{Amount: 1}, events.ShippingStep{Amount: 2}), steps(events.ShippingStep{UpTo: -1, Amount: 1})},
		"body.price.steps[1].upTo":   {steps(events.ShippingStep{UpTo: 5, Amount: 1}, events.ShippingStep{UpTo: 5, Amount: 2})},
		"body.price.steps[0].amount": {steps(events.ShippingStep{Amount: -1}), steps(events.ShippingStep{Amount: 100_000_000})},
		"body.delivery": {
			func(f *events.ShippingMethodFields) { f.Delivery.MinDays = -1 }, func(f *events.ShippingMethodFields) { f.Delivery.MaxDays = 366 },
			func(f *events.ShippingMethodFields) { f.Delivery.MinDays = 4 },
		},
		"body.taxClass": {func(f *events.ShippingMethodFields) { f.TaxClass = "A b" }},
		"body.status":   {func(f *events.ShippingMethodFields) { f.Status = "" }},
	} {
		for i, wrong := range change {
			f := parcel()
			wrong(&f)
			_, err := domain.ShippingMethod(f)
			if !faulty(err, at) {
				t.Errorf("%s, %d: %v", at, i, err)
			}
		}
	}
}

// ascending are so many steps.
func ascending(n int64) (all []events.ShippingStep) {
	for i := range n {
		all = append(all, events.ShippingStep{UpTo: i + 1, Amount: 1})
	}
	return all
}

func TestPublicShippingMethods(t *testing.T) {
	t.Parallel()
	for asked, want := range map[events.ShippingStatus]string{"": "active", events.ShippingActive: "active", events.ShippingRetired: ""} {
		got, err := domain.PublicShippingMethods(events.ShippingMethodFilter{Status: asked})
		if (err == nil) != (want != "") || err == nil && string(got.Status) != want {
			t.Errorf("%q: %q %v", asked, got.Status, err)
		}
	}
}
