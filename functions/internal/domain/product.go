package domain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

var productLimits = limitsOf[events.ProductFields]()

// Product is a product's fields as they are stored. Error: 422 with every fault.
func Product(f events.ProductFields) (events.ProductFields, error) {
	var faults faults
	f.SKU = strings.TrimSpace(f.SKU)
	if !productLimits["sku"].pattern.MatchString(f.SKU) {
		faults.add("body.sku", "must be 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first")
	}
	f.Name = faults.name("body.name", f.Name, productLimits["name"])
	f.Description = faults.text("body.description", f.Description, productLimits["description"])
	faults.money("body.price", f.Price)
	f.BrandID = faults.id("body.brandId", f.BrandID)
	f.CategoryID = faults.id("body.categoryId", f.CategoryID)
	f.ImageURL = faults.picture("body.imageUrl", f.ImageURL, productLimits["imageUrl"])
	if !slices.Contains(productLimits["status"].values, string(f.Status)) {
		faults.add("body.status", "must be draft, published or archived")
	}
	f.TaxClass = faults.taxClass("body.taxClass", f.TaxClass, productLimits["taxClass"])
	if w := productLimits["weightGrams"]; f.WeightGrams != nil && (*f.WeightGrams < w.minimum || *f.WeightGrams > w.maximum) {
		faults.add("body.weightGrams", "must be %d to %d", w.minimum, w.maximum)
	}
	f.Family = faults.place(f.Family)
	return f, faults.problem()
}

// WholeProduct is all that somebody says about a product who leaves nothing as it was: what they do not name is as usual.
func WholeProduct(f events.ProductFields) events.ProductFields {
	return asBefore(f, events.ProductFields{})
}

// asBefore is what is said of a product, with what is not said as it was before, and as usual where it was not.
func asBefore(f, before events.ProductFields) events.ProductFields {
	f.TaxClass = usualTaxClass(cmp.Or(f.TaxClass, before.TaxClass))
	f.WeightGrams = cmp.Or(f.WeightGrams, before.WeightGrams, new(int64))
	f.Family = cmp.Or(f.Family, before.Family, &events.FamilyPlace{})
	return f
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

// usualTaxClass is a tax class, the standard one where none is named.
func usualTaxClass(named string) string { return cmp.Or(named, events.StandardTaxClass) }

// taxClass is how something is taxed; nothing where nothing is said.
func (f *faults) taxClass(location, value string, l limit) string {
	if value != "" && (!l.pattern.MatchString(value) || len(value) > l.maxLength) {
		f.add(location, "must be small letters and digits, in words joined by single dashes, at most %d characters", l.maxLength)
	}
	return value
}

func (f *faults) money(location string, m events.Money) {
	f.amount(location+".amount", m)
	f.currency(location+".currency", m.Currency)
}

// amount is of a currency that is looked at by itself.
func (f *faults) amount(location string, m events.Money) {
	switch most := Chargeable(m.Currency); {
	case m.Amount < amounts.minimum || m.Amount > amounts.maximum:
		f.add(location, "must be %d to %d, in the currency's minor unit", amounts.minimum, amounts.maximum)
	case m.Amount > most:
		f.add(location, "must be at most %d: no card can be charged more of %s at once", most, m.Currency)
	}
	if step := finest(m.Currency); m.Amount%step != 0 {
		f.add(location, "must be a multiple of %d: no card is charged a finer amount of %s", step, m.Currency)
	}
}
