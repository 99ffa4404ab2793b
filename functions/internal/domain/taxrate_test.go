package domain_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// vat is a tax rate that is all right.
func vat() events.TaxRateFields {
	return events.TaxRateFields{Name: "VAT 23 %", Country: "PT", TaxClass: "standard", Rate: 23_000, Included: true, ValidFrom: newYear}
}

// faulty tells whether a refusal is of what stands there, and of nothing else.
func faulty(err error, at string) bool {
	p, ok := errors.AsType[*events.Problem](err)
	return ok && len(p.Errors) > 0 && !slices.ContainsFunc(p.Errors, func(e events.FieldError) bool { return e.Location != at })
}

func TestTaxRate(t *testing.T) {
	t.Parallel()
	said := vat()
	said.Name, said.TaxClass, said.ValidFrom = " VAT 23 %", "", newYear.Add(time.Nanosecond).In(time.FixedZone("", 3600))
	got, err := domain.TaxRate(said)
	if diff := cmp.Diff(vat(), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for at, wrong := range map[string][]func(*events.TaxRateFields){
		"body.name":      {func(f *events.TaxRateFields) { f.Name = "" }},
		"body.country":   {func(f *events.TaxRateFields) { f.Country = "EU" }},
		"body.region":    {func(f *events.TaxRateFields) { f.Region = "ca" }, func(f *events.TaxRateFields) { f.Region = "LONG" }},
		"body.taxClass":  {func(f *events.TaxRateFields) { f.TaxClass = "/" }},
		"body.rate":      {func(f *events.TaxRateFields) { f.Rate = -1 }, func(f *events.TaxRateFields) { f.Rate = 100_001 }},
		"body.validFrom": {func(f *events.TaxRateFields) { f.ValidFrom = time.Time{} }},
		"body.validTo":   {func(f *events.TaxRateFields) { f.ValidTo = newYear }, func(f *events.TaxRateFields) { f.ValidTo = newYear.Add(time.Nanosecond) }},
	} {
		for i, change := range wrong {
			f := vat()
			change(&f)
			if _, err := domain.TaxRate(f); !faulty(err, at) {
				t.Errorf("%s, %d: %v", at, i, err)
			}
		}
	}
}
