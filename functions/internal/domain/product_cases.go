package domain

import "github.com/onlinemart/mart/events"

// ProductRows are the products.
var ProductRows = Table[Row[events.ProductState]]{"product"}

// Products is how products are decided.
var Products = Plain[events.ProductFields, events.ProductState]{
	Noun: "product", Rows: ProductRows,
	Of: func(m events.Meta, f events.ProductFields) events.ProductState {
		return events.ProductState{Meta: m, ProductFields: f}
	},
	Meta:  func(p *events.ProductState) *events.Meta { return &p.Meta },
	Check: checkProduct,
	Derive: func(c Case, before, after events.ProductState) events.ProductState {
		after.ProductFields = asBefore(after.ProductFields, before.ProductFields)
		if before.Version == 0 {
			Stock.Put(c.Rows, after.ID, events.StockState{ProductID: after.ID, Version: 1})
		}
		return derivePrice(c, before, after)
	},
	Tell: func(c Case, p events.ProductState) events.ProductState {
		s, _ := Stock.Find(c.Rows, p.ID) // that of a product which moves with others is found through what they had
		p.Available = s.Available
		return p
	},
	Created: events.ProductCreated, Updated: events.ProductUpdated, Deleted: events.ProductDeleted,
}

// ProductSKUTaken refuses a second live product of one SKU.
var ProductSKUTaken = events.Refuse("sku_taken", "Another product has this SKU; choose another one.")

// checkProduct says what stands in the way. A reference that stays as it is may lead to what was deleted meanwhile.
func checkProduct(c Case, id string, f events.ProductFields) error {
	before, _ := ProductRows.Get(c.Rows, id)
	var faults []events.FieldError
	for _, ref := range []struct {
		at, id, before string
		live           bool
	}{
		{"body.brandId", f.BrandID, before.State.BrandID, f.BrandID == "" || isLive(c, BrandRows, f.BrandID)},
		{"body.categoryId", f.CategoryID, before.State.CategoryID, f.CategoryID == "" || isLive(c, CategoryRows, f.CategoryID)},
	} {
		if !ref.live && ref.id != ref.before {
			faults = append(faults, events.FieldError{Location: ref.at, Message: "there is none with this id"})
		}
	}
	if f.Family != nil {
		faults = append(faults, placeFaults(c, *f.Family, before.State.Family)...)
	}
	if len(faults) > 0 {
		return events.Invalid(faults...)
	}
	if isTaken(c, ProductRows, func(p events.ProductState) bool { return p.SKU == f.SKU && p.ID != id }) {
		return ProductSKUTaken
	}
	if f.Family != nil && f.Family.ID != "" && isTaken(c, ProductRows, func(p events.ProductState) bool { return samePlace(p.Family, f.Family) && p.ID != id }) {
		return FamilyPlaceTaken
	}
	return nil
}
