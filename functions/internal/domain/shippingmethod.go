package domain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

var (
	shippingLimits = limitsOf[events.ShippingMethodFields]()
	zoneLimits     = limitsOf[events.ShippingZone]()
	chargeLimits   = limitsOf[events.ShippingPrice]()
	stepLimits     = limitsOf[events.ShippingStep]()
	promiseLimits  = limitsOf[events.DeliveryPromise]()
)

// ShippingMethod is a shipping method's fields as they are stored. Error: 422 with every fault.
func ShippingMethod(f events.ShippingMethodFields) (events.ShippingMethodFields, error) {
	var faults faults
	f.Name = faults.name("body.name", f.Name, shippingLimits["name"])
	f.Description = faults.text("body.description", f.Description, shippingLimits["description"])
	f.Zones = faults.zones("body.zones", f.Zones)
	faults.shippingPrice("body.price", f.Price)
	faults.promise("body.delivery", f.Delivery)
	f.TaxClass = usualTaxClass(faults.taxClass("body.taxClass", f.TaxClass, shippingLimits["taxClass"]))
	if !slices.Contains(shippingLimits["status"].values, string(f.Status)) {
		faults.add("body.status", "must be active or retired")
	}
	return f, faults.problem()
}

// zones are as they are stored: prefixes as postal codes are compared.
func (f *faults) zones(location string, zones []events.ShippingZone) []events.ShippingZone {
	if most := shippingLimits["zones"].maxItems; len(zones) == 0 || len(zones) > most {
		f.add(location, "expected 1 to %d zones", most)
	}
	stored := make([]events.ShippingZone, len(zones))
	for i, zone := range zones {
		stored[i] = f.zone(fmt.Sprintf("%s[%d]", location, i), zone)
	}
	return stored
}

func (f *faults) zone(location string, z events.ShippingZone) events.ShippingZone {
	if most := zoneLimits["countries"].maxItems; len(z.Countries) == 0 || len(z.Countries) > most {
		f.add(location+".countries", "expected 1 to %d countries", most)
	}
	for i, country := range z.Countries {
		f.country(fmt.Sprintf("%s.countries[%d]", location, i), country)
	}
	if most := zoneLimits["postalPrefixes"].maxItems; len(z.PostalPrefixes) > most {
		f.add(location+".postalPrefixes", "expected %d at most", most)
	}
	var prefixes []string
	for i, prefix := range z.PostalPrefixes {
		prefix = comparedPostalCode(prefix)
		if !postalPrefix.MatchString(prefix) {
			f.add(fmt.Sprintf("%s.postalPrefixes[%d]", location, i), "must be the first 1 to 10 letters and digits of a postal code")
		}
		prefixes = append(prefixes, prefix)
	}
	z.PostalPrefixes = prefixes
	return z
}

var postalPrefix = regexp.MustCompile(`^[A-Z0-9]{1,10}$`)

// comparedPostalCode is a postal code as it is compared: people write it with spaces and dashes, and without.
func comparedPostalCode(code string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
}

func (f *faults) shippingPrice(location string, p events.ShippingPrice) {
	if !slices.Contains(chargeLimits["by"].values, string(p.By)) {
		f.add(location+".by", "must be flat, weight or total")
	}
	f.currency(location+".currency", p.Currency)
	if p.FreeFrom != 0 {
		f.amount(location+".freeFrom", events.Money{Amount: p.FreeFrom, Currency: p.Currency})
	}
	if most := chargeLimits["steps"].maxItems; len(p.Steps) == 0 || len(p.Steps) > most {
		f.add(location+".steps", "expected 1 to %d steps", most)
	}
	if p.By == events.ByNothing && (len(p.Steps) > 1 || len(p.Steps) == 1 && p.Steps[0].UpTo != 0) {
		f.add(location+".steps", "a flat price is one step without upTo; name in by what they depend on")
	}
	last := int64(0)
	for i, step := range p.Steps {
		at := fmt.Sprintf("%s.steps[%d]", location, i)
		f.amount(at+".amount", events.Money{Amount: step.Amount, Currency: p.Currency})
		switch upTo := stepLimits["upTo"]; {
		case step.UpTo == 0 && i < len(p.Steps)-1:
			f.add(at+".upTo", "is needed: only the last step is without")
		case step.UpTo != 0 && (step.UpTo <= last || step.UpTo > upTo.maximum):
			f.add(at+".upTo", "must be more than that of the step before, and at most %d", upTo.maximum)
		}
		last = step.UpTo
	}
}

func (f *faults) promise(location string, d events.DeliveryPromise) {
	least := promiseLimits["minDays"]
	if d.MinDays < least.minimum || d.MaxDays > least.maximum || d.MinDays > d.MaxDays {
		f.add(location, "must be %d to %d days, minDays not more than maxDays", least.minimum, least.maximum)
	}
}

// ShippingMethodRows are the shipping methods.
var ShippingMethodRows = Table[Row[events.ShippingMethodState]]{"shipping_method"}

// ShippingMethods is how shipping methods are decided.
var ShippingMethods = Plain[events.ShippingMethodFields, events.ShippingMethodState]{
	Noun: "shippingMethod", Rows: ShippingMethodRows,
	Of: func(m events.Meta, f events.ShippingMethodFields) events.ShippingMethodState {
		return events.ShippingMethodState{Meta: m, ShippingMethodFields: f}
	},
	Meta:    func(s *events.ShippingMethodState) *events.Meta { return &s.Meta },
	Created: events.ShippingMethodCreated, Updated: events.ShippingMethodUpdated, Deleted: events.ShippingMethodDeleted,
}

// PublicShippingMethods is what the public may ask of f: active ones only. Error: 403, others were asked for.
func PublicShippingMethods(f events.ShippingMethodFilter) (events.ShippingMethodFilter, error) {
	if f.Status != "" && f.Status != events.ShippingActive {
		return f, events.Forbidden("Only staff who write shipping methods see those that are retired.")
	}
	f.Status = events.ShippingActive
	return f, nil
}
