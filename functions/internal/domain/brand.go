package domain

import "github.com/onlinemart/mart/events"

// Brand is a brand's fields as they are stored: trimmed, with a slug. Error: 422 with every fault.
func Brand(f events.BrandFields) (events.BrandFields, error) {
	var faults faults
	f.Name = faults.name("body.name", f.Name, 120)
	f.Slug = faults.slug("body.slug", f.Slug, f.Name)
	f.Description = faults.text("body.description", f.Description, 2000)
	return f, faults.problem()
}
