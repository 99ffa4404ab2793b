package domain

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// offered is a price on a day, of a product that is published or not.
type offered struct {
	day    int
	price  events.Money
	hidden bool
}

func euros(amount int64) events.Money { return events.Money{Amount: amount, Currency: "EUR"} }

func TestProduct_HasBecomeCheaper(t *testing.T) {
	t.Parallel()
	from := func(was, lowest int64) events.Reduction {
		return events.Reduction{Was: new(euros(was)), LowestPrior: new(euros(lowest))}
	}
	for name, test := range map[string]struct {
		life []offered
		want events.Reduction
	}{
		"new":                          {[]offered{{0, euros(1000), false}}, events.Reduction{}},
		"cheaper":                      {[]offered{{0, euros(1000), false}, {50, euros(800), false}}, from(1000, 1000)},
		"dearer":                       {[]offered{{0, euros(1000), false}, {50, euros(1200), false}}, events.Reduction{}},
		"dearer for a week before":     {[]offered{{0, euros(1000), false}, {50, euros(1500), false}, {57, euros(1200), false}}, from(1500, 1000)},
		"dearer for 30 days before":    {[]offered{{0, euros(1000), false}, {50, euros(1500), false}, {81, euros(1200), false}}, from(1500, 1500)},
		"cheaper, and then dearer":     {[]offered{{0, euros(1000), false}, {50, euros(800), false}, {60, euros(900), false}}, events.Reduction{}},
		"cheaper step by step":         {[]offered{{0, euros(1000), false}, {50, euros(800), false}, {60, euros(700), false}}, from(800, 800)},
		"cheap before it was offered":  {[]offered{{0, euros(100), true}, {1, euros(1000), false}, {2, euros(900), false}}, from(1000, 1000)},
		"cheaper while nobody sees it": {[]offered{{0, euros(1000), false}, {5, euros(1000), true}, {6, euros(800), true}, {7, euros(800), false}}, from(1000, 1000)},
		"away and back as it was":      {[]offered{{0, euros(1000), false}, {5, euros(800), false}, {6, euros(800), true}, {7, euros(800), false}}, from(1000, 1000)},
		"away for long, and cheaper":   {[]offered{{0, euros(1000), false}, {5, euros(1000), true}, {50, euros(800), false}}, events.Reduction{}},
		"another currency":             {[]offered{{0, euros(1000), false}, {5, events.Money{Amount: 800, Currency: "USD"}, false}}, events.Reduction{}},
		"another currency in between":  {[]offered{{0, euros(500), false}, {1, events.Money{Amount: 1, Currency: "USD"}, false}, {5, euros(1000), false}, {6, euros(900), false}}, from(1000, 500)},
		"a low price in another one":   {[]offered{{0, events.Money{Amount: 1, Currency: "USD"}, false}, {5, euros(1000), false}, {6, euros(900), false}}, from(1000, 1000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(test.want, lived(NewMart(), test.life).Reduction); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestProduct_PricesAreWrittenDown(t *testing.T) {
	t.Parallel()
	rows := NewMart()
	p := lived(rows, []offered{{0, euros(1000), true}, {1, euros(1000), false}, {2, euros(1000), false}, {3, euros(900), false}})
	line := func(version int64, amount int64, day int, isOffered bool) events.ProductPrice {
		return events.ProductPrice{ProductID: p.ID, Version: version, Price: euros(amount), Offered: isOffered, Since: day0.AddDate(0, 0, day)}
	}
	if d := cmp.Diff([]events.ProductPrice{line(1, 1000, 0, false), line(2, 1000, 1, true), line(4, 900, 3, true)}, PriceLog.Added(rows)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A release that writes no history changes a price while this one is rolled out: what it was until then is written down with the next change.
func TestProduct_HistoryIsMended(t *testing.T) {
	t.Parallel()
	rows := NewMart()
	p := lived(rows, []offered{{0, euros(1000), false}})
	row, _ := ProductRows.Get(rows, p.ID)
	row.State.Price, row.State.Version, row.State.UpdatedAt = euros(700), 2, day0.AddDate(0, 0, 5)
	ProductRows.Put(rows, p.ID, row)
	rows.Keep()
	fields := row.State.ProductFields
	fields.Price = euros(900)
	change := events.Received[events.Change[events.ProductFields]]{Data: events.Change[events.ProductFields]{ExpectedVersion: 2, Fields: fields}}
	change.Subject = p.ID
	if _, err := Products.Update(Case{Rows: rows, Now: day0.AddDate(0, 0, 6)}, change); err != nil {
		t.Fatal(err)
	}
	rows.Keep()
	var got []int64
	for _, line := range PriceLog.Added(rows) {
		got = append(got, line.Version, line.Price.Amount)
	}
	if d := cmp.Diff([]int64{1, 1000, 2, 700, 3, 900}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

var day0 = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// lived is a product after all that, each day one change.
func lived(rows *Rows, life []offered) events.ProductState {
	id := events.NewID()
	for i, o := range life {
		c := Case{Rows: rows, Now: day0.AddDate(0, 0, o.day)}
		f := events.ProductFields{SKU: "A-1", Name: "Apple", Price: o.price, Status: events.ProductPublished}
		if o.hidden {
			f.Status = events.ProductArchived
		}
		var err error
		if i == 0 {
			create := events.Received[events.ProductFields]{Data: f}
			create.Subject = id
			_, err = Products.Create(c, create)
		} else {
			update := events.Received[events.Change[events.ProductFields]]{Data: events.Change[events.ProductFields]{ExpectedVersion: int64(i), Fields: f}}
			update.Subject = id
			_, err = Products.Update(c, update)
		}
		if err != nil {
			panic(err)
		}
		rows.Keep()
	}
	row, _ := ProductRows.Get(rows, id)
	return row.State
}
