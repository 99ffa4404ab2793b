package db

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func rateOf(region, class string, from, to int) events.TaxRateFields {
	at := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	f := events.TaxRateFields{Name: "VAT", Country: "PT", Region: region, TaxClass: class, Rate: 23_000, Included: true, ValidFrom: at(from)}
	if to != 0 {
		f.ValidTo = at(to)
	}
	return f
}

// Two rates of one country, region and class never hold at one moment; one may follow the other without a gap.
func TestTaxRate_OneHoldsAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := events.NewID()
	b.do(events.CreateTaxRate.New(first, rateOf("", "", 2024, 2026)))
	for name, c := range map[string]struct {
		f    events.TaxRateFields
		want string
	}{
		"within": {rateOf("", "standard", 2025, 2026), "tax_rate_overlaps"}, "around": {rateOf("", "", 2020, 0), "tax_rate_overlaps"},
		"at its end": {rateOf("", "", 2025, 0), "tax_rate_overlaps"}, "at its beginning": {rateOf("", "", 2023, 2025), "tax_rate_overlaps"},
		"before": {rateOf("", "", 2023, 2024), ""}, "after": {rateOf("", "", 2026, 0), ""},
		"elsewhere": {rateOf("20", "", 2024, 2026), ""}, "of other things": {rateOf("", "books", 2024, 2026), ""},
	} {
		if got := code(b.do(events.CreateTaxRate.New(events.NewID(), c.f))); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	longer := events.Change[events.TaxRateFields]{ExpectedVersion: 1, Fields: rateOf("", "", 2024, 2027)}
	if got := code(b.do(events.UpdateTaxRate.New(first, longer))); got != "tax_rate_overlaps" {
		t.Errorf("a change: %q", got)
	}
	shorter := events.Change[events.TaxRateFields]{ExpectedVersion: 1, Fields: rateOf("", "", 2024, 2025)}
	got := []string{
		code(b.do(events.UpdateTaxRate.New(first, shorter))), code(b.do(events.DeleteTaxRate.New(first, events.Deletion{ExpectedVersion: 2}))),
		code(b.do(events.CreateTaxRate.New(events.NewID(), rateOf("", "", 2024, 2026)))),
	}
	if diff := cmp.Diff([]string{"", "", ""}, got); diff != "" {
		t.Error(diff)
	}
}

// Of many who say at one moment what holds, one is heard, and the others are told why they are not; raw SQL is held to it as well.
func TestTaxRate_ARaceHasOneWinner(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := make([]string, 8)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() { got[i] = code(b.do(events.CreateTaxRate.New(events.NewID(), rateOf("", "", 2026, 0)))) })
	}
	all.Wait()
	slices.Sort(got)
	if diff := cmp.Diff(append([]string{""}, slices.Repeat([]string{"tax_rate_overlaps"}, 7)...), got); diff != "" {
		t.Error(diff)
	}
	_, err := b.asOwner().Exec(t.Context(), `insert into tax_rate (id, created_at, updated_at, name, country, region, tax_class, rate, included, valid_from)
		values (gen_random_uuid(), now(), now(), 'VAT', 'PT', '', 'standard', 1, true, '2030-01-01')`)
	if err == nil {
		t.Error("raw SQL stores a second rate of one moment")
	}
}

func TestListTaxRates_OfACountry(t *testing.T) {
	t.Parallel()
	b := setup(t)
	spanish := rateOf("", "", 2026, 0)
	spanish.Country = "ES"
	id := events.NewID()
	b.do(events.CreateTaxRate.New(id, spanish))
	b.do(events.CreateTaxRate.New(events.NewID(), rateOf("", "", 2026, 2027)))
	page, err := listTaxRates(t.Context(), b.store, events.Received[events.TaxRateFilter]{Data: events.TaxRateFilter{Country: "ES"}})
	spanish.TaxClass = events.StandardTaxClass
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != id {
		t.Fatalf("%v %+v", err, page)
	}
	if diff := cmp.Diff(spanish, page.Items[0].TaxRateFields); diff != "" {
		t.Error(diff)
	}
}
