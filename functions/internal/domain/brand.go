package domain

import "github.com/onlinemart/mart/events"

var brandLimits = limitsOf[events.BrandFields]()

// Brand is a brand's fields as they are stored: trimmed, with a slug. Error: 422 with every fault.
func Brand(f events.BrandFields) (events.BrandFields, error) {
	var faults faults
	f.Name = faults.name("body.name", f.Name, brandLimits["name"])
	f.Slug = faults.slug("body.slug", f.Slug, f.Name, brandLimits["slug"])
	f.Description = faults.text("body.description", f.Description, brandLimits["description"])
	return f, faults.problem()
}

// BrandRows are the brands, under the name of their table in Postgres.
var BrandRows = Table[Row[events.BrandState]]{"brand"}

// Brands is how brands are decided.
var Brands = Plain[events.BrandFields, events.BrandState]{
	Noun: "brand", Rows: BrandRows,
	Of: func(m events.Meta, f events.BrandFields) events.BrandState {
		return events.BrandState{Meta: m, BrandFields: f}
	},
	Meta:    func(b *events.BrandState) *events.Meta { return &b.Meta },
	Check:   checkBrand,
	Use:     &BrandUse,
	Created: events.BrandCreated, Updated: events.BrandUpdated, Deleted: events.BrandDeleted,
}

// BrandSlugTaken refuses a second live brand of one slug.
var BrandSlugTaken = events.Refuse("slug_taken", "Another brand has this slug; choose another one.")

func checkBrand(c Case, id string, f events.BrandFields) error {
	if isTaken(c, BrandRows, func(b events.BrandState) bool { return b.Slug == f.Slug && b.ID != id }) {
		return BrandSlugTaken
	}
	return nil
}
