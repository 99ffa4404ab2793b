package domain

import (
	"regexp"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

// MaxPrice is the highest price, in the currency's minor unit: an order of a hundred lines of a thousand each still fits int64.
const MaxPrice = 1_000_000_000_000

var (
	skuPattern      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	productStatuses = []events.ProductStatus{events.ProductDraft, events.ProductPublished, events.ProductArchived}
)

// Product is a product's fields as they are stored. Error: 422 with every fault.
func Product(f events.ProductFields) (events.ProductFields, error) {
	var faults faults
	f.SKU = strings.TrimSpace(f.SKU)
	if !skuPattern.MatchString(f.SKU) {
		faults.add("body.sku", "must be 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first")
	}
	f.Name = faults.name("body.name", f.Name, 200)
	f.Description = faults.text("body.description", f.Description, 5000)
	faults.money("body.price", f.Price)
	f.BrandID = faults.id("body.brandId", f.BrandID)
	f.CategoryID = faults.id("body.categoryId", f.CategoryID)
	f.ImageURL = faults.imageURL("body.imageUrl", f.ImageURL)
	if !slices.Contains(productStatuses, f.Status) {
		faults.add("body.status", "must be draft, published or archived")
	}
	return f, faults.problem()
}

// ProductFilter is a question for products. Error: 422, the prices are the wrong way round.
func ProductFilter(f events.ProductFilter) (events.ProductFilter, error) {
	f.Text = strings.TrimSpace(f.Text)
	if f.MinPrice != nil && f.MaxPrice != nil && *f.MinPrice > *f.MaxPrice {
		return f, events.Invalid(events.FieldError{Location: "query.minPrice", Message: "must not be more than maxPrice"})
	}
	return f, nil
}

// PublicProducts is what the public may ask of f: published products only. Error: 403, another status was asked for.
func PublicProducts(f events.ProductFilter) (events.ProductFilter, error) {
	if f.Status != "" && f.Status != events.ProductPublished {
		return f, events.Forbidden("Only staff who write the catalogue see products that are not published.")
	}
	f.Status = events.ProductPublished
	return f, nil
}

func (f *faults) money(location string, m events.Money) {
	if m.Amount < 0 || m.Amount > MaxPrice {
		f.add(location+".amount", "must be 0 to %d, in the currency's minor unit", int64(MaxPrice))
	}
	if most := Chargeable(m.Currency); m.Amount > most && m.Amount <= MaxPrice {
		f.add(location+".amount", "must be at most %d: no card can be charged more of %s at once", most, m.Currency)
	}
	if step := finest(m.Currency); m.Amount%step != 0 {
		f.add(location+".amount", "must be a multiple of %d: no card is charged a finer amount of %s", step, m.Currency)
	}
	f.currency(location+".currency", m.Currency)
}

// imageURL is an absolute https address: a page that shows it must not fall back to http.
func (f *faults) imageURL(location, value string) string {
	value = strings.TrimSpace(value)
	if value == "" {
		return ""
	}
	if len(value) > 2000 || !Link(value, "https") {
		f.add(location, "must be an https address of at most 2000 characters, all others than those of RFC 3986 percent-encoded")
	}
	return value
}
