package domain

import (
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
)

var rateLimits = limitsOf[events.TaxRateFields]()

// TaxRate is a tax rate's fields as they are stored. Error: 422 with every fault.
func TaxRate(f events.TaxRateFields) (events.TaxRateFields, error) {
	var faults faults
	f.Name = faults.name("body.name", f.Name, rateLimits["name"])
	faults.country("body.country", f.Country)
	faults.region("body.region", f.Region)
	f.TaxClass = usualTaxClass(faults.taxClass("body.taxClass", f.TaxClass, rateLimits["taxClass"]))
	if l := rateLimits["rate"]; f.Rate < l.minimum || f.Rate > l.maximum {
		faults.add("body.rate", "must be %d to %d, in thousandths of a percent: 23000 is 23 %%", l.minimum, l.maximum)
	}
	f.ValidFrom, f.ValidTo = stored(f.ValidFrom), stored(f.ValidTo)
	switch {
	case f.ValidFrom.IsZero():
		faults.add("body.validFrom", "is needed: from when on it holds")
	case !f.ValidTo.IsZero() && !f.ValidTo.After(f.ValidFrom):
		faults.add("body.validTo", "must be after validFrom")
	}
	return f, faults.problem()
}

// region is a part of a country; nothing is all of it.
func (f *faults) region(location, code string) {
	if code != "" && !rateLimits["region"].pattern.MatchString(code) {
		f.add(location, "must be one to three capital letters and digits, such as CA for California (ISO 3166-2, without the country)")
	}
}

// stored is a moment as Postgres keeps it.
func stored(at time.Time) time.Time { return at.UTC().Truncate(time.Microsecond) }

// TaxRateRows are the tax rates.
var TaxRateRows = Table[Row[events.TaxRateState]]{"tax_rate"}

// TaxRates is how tax rates are decided.
var TaxRates = Plain[events.TaxRateFields, events.TaxRateState]{
	Noun: "taxRate", Rows: TaxRateRows,
	Of: func(m events.Meta, f events.TaxRateFields) events.TaxRateState {
		return events.TaxRateState{Meta: m, TaxRateFields: f}
	},
	Meta:    func(r *events.TaxRateState) *events.Meta { return &r.Meta },
	Check:   checkTaxRate,
	Created: events.TaxRateCreated, Updated: events.TaxRateUpdated, Deleted: events.TaxRateDeleted,
}

// TaxRateOverlaps refuses a second rate of one country, region and class at one moment: nobody could say which is owed.
var TaxRateOverlaps = events.Refuse("tax_rate_overlaps", "Another rate of this country, region and tax class holds at the same time; end that one before (validTo), or let this one begin later.")

func checkTaxRate(c Case, id string, f events.TaxRateFields) error {
	if isTaken(c, TaxRateRows, func(r events.TaxRateState) bool { return r.ID != id && competing(r.TaxRateFields, f) }) {
		return TaxRateOverlaps
	}
	return nil
}

func competing(a, b events.TaxRateFields) bool {
	return TaxedAlike(a) == TaxedAlike(b) && begins(a, b) && begins(b, a)
}

// begins tells whether b begins before a ends.
func begins(a, b events.TaxRateFields) bool {
	return a.ValidTo.IsZero() || b.ValidFrom.Before(a.ValidTo)
}

// TaxedAlike is what a rate holds for, as one text: those of one text must not hold at one moment.
func TaxedAlike(f events.TaxRateFields) string {
	return strings.Join([]string{f.Country, f.Region, f.TaxClass}, "/")
}
