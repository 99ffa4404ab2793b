package db

import (
	"time"

	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

// costs is what goods cost besides their price: how they are sent, and what is owed of them. Two rates mostly want to hold at one moment.
func (w *world) costs(t *rapid.T) []events.Outgoing {
	methods, rates := w.plainly["shippingMethod"], w.plainly["taxRate"]
	method, rate, version := pick(t, "method", methods...), pick(t, "rate", rates...), pick[int64](t, "version", 1, 1, 2, 3)
	sent := events.ShippingMethodFields{
		Name: pick(t, "name", "Parcel", "Letter"), Zones: []events.ShippingZone{{Countries: []string{"PT"}, PostalPrefixes: pick(t, "prefixes", nil, []string{"1 0", "20"})}},
		Price:  events.ShippingPrice{By: events.ByTotal, Currency: "EUR", Steps: []events.ShippingStep{{UpTo: 10, Amount: 1}, {Amount: 2}}},
		Status: pick(t, "status", events.ShippingActive, events.ShippingRetired),
	}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	owed := events.TaxRateFields{
		Name: "VAT", Country: "PT", Region: pick(t, "region", "", "", "20"), TaxClass: "of-" + w.brands[0], Rate: pick[int64](t, "rate of it", 6000, 23_000),
		Included: rapid.Bool().Draw(t, "included"), ValidFrom: begin.AddDate(pick(t, "from", 0, 0, 1), 0, 0), ValidTo: pick(t, "to", time.Time{}, begin.AddDate(1, 0, 0), begin.AddDate(2, 0, 0)),
	}
	if !owed.ValidTo.IsZero() && !owed.ValidTo.After(owed.ValidFrom) {
		owed.ValidTo = time.Time{}
	}
	moved := owed
	moved.ValidFrom, moved.ValidTo = owed.ValidFrom.AddDate(5, 0, 0), time.Time{}
	return pick(
		t, "noun",
		some(
			t,
			events.CreateShippingMethod.New(method, sent),
			events.UpdateShippingMethod.New(method, events.Change[events.ShippingMethodFields]{ExpectedVersion: version, Fields: sent}),
			events.DeleteShippingMethod.New(method, events.Deletion{ExpectedVersion: version}),
		),
		some(
			t,
			events.CreateTaxRate.New(rate, owed),
			events.CreateTaxRate.New(pick(t, "another rate", rates...), pick(t, "then", owed, moved, moved)),
			events.UpdateTaxRate.New(rate, events.Change[events.TaxRateFields]{ExpectedVersion: 1, Fields: moved}),
			events.UpdateTaxRate.New(rate, events.Change[events.TaxRateFields]{ExpectedVersion: version, Fields: moved}),
			events.CreateTaxRate.New(pick(t, "in its place", rates...), owed),
			events.UpdateTaxRate.New(rate, events.Change[events.TaxRateFields]{ExpectedVersion: version, Fields: owed}),
			events.DeleteTaxRate.New(rate, events.Deletion{ExpectedVersion: version}),
		),
	)
}

// twoRates is two of one place that want to hold at one moment: neither may the second be made so, nor be changed to it.
func (w *world) twoRates() []events.Outgoing {
	first, second := w.plainly["taxRate"][0], w.plainly["taxRate"][1]
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	holds := events.TaxRateFields{Name: "VAT", Country: "PT", TaxClass: "two-" + first, Rate: 23_000, ValidFrom: begin, ValidTo: begin.AddDate(1, 0, 0)}
	follows := holds
	follows.ValidFrom, follows.ValidTo = holds.ValidTo, time.Time{}
	return []events.Outgoing{
		events.CreateTaxRate.New(first, holds),
		events.CreateTaxRate.New(second, holds),
		events.CreateTaxRate.New(second, follows).WithID(events.NewID(), ""),
		events.UpdateTaxRate.New(second, events.Change[events.TaxRateFields]{ExpectedVersion: 1, Fields: holds}),
	}
}
