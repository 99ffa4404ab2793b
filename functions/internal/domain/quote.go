package domain

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
)

// QuoteValid is how long a quote is good for, unless what it depends on changes before.
const QuoteValid = 15 * time.Minute

var quoteLimits = limitsOf[events.QuoteRequest]()

// QuoteRequest is a question for what goods cost. Error: 422 with every fault.
func QuoteRequest(q events.QuoteRequest) (events.QuoteRequest, error) {
	var all faults
	all.items(q.Lines, quoteLimits["lines"].maxItems)
	all.country("body.destination.country", q.Destination.Country)
	all.region("body.destination.region", q.Destination.Region)
	if code := q.Destination.PostalCode; code != "" {
		q.Destination.PostalCode = all.postalCode("body.destination.postalCode", events.NewPersonal(code), q.Destination.Country).Plaintext()
	}
	return q, all.problem()
}

// Market is what goods cost at a moment besides their prices.
type Market struct {
	Ships   []string // the currencies in which there is a shipping method that can be chosen, wherever it goes
	Methods []events.ShippingMethodState
	Rates   Rates
}

// OfferOf is a product as it can be bought at this moment.
func OfferOf(p events.ProductState) Offer {
	p.ProductFields = WholeProduct(p.ProductFields)
	return Offer{SKU: p.SKU, Name: p.Name, Price: p.Price, Available: p.Available, TaxClass: p.TaxClass, Grams: *p.WeightGrams, ImageURL: linePicture(p.ImageURL)}
}

// longestPicture is how long a picture's address may be that an order's line keeps, so that the largest order still fits into a message.
const longestPicture = 500

// linePicture is a product's picture in an order's line; none where its address is too long for that.
func linePicture(address string) string {
	if len(address) > longestPicture {
		return ""
	}
	return address
}

// Quote is what goods cost, in each way in which they are sent to a place and the whole is something to pay: the cheapest first. Errors: those of Price, of which
// the goods alone are judged, and of Total; Problem nothing_to_pay, where each way costs nothing.
func Quote(q events.QuoteRequest, offers map[string]Offer, m Market, now time.Time) (events.Quote, error) {
	lines, goods, err := Price(q.Lines, offers)
	if err != nil {
		return events.Quote{}, err
	}
	taxable, grams := taxableOf(lines, offers), int64(0)
	for _, line := range lines {
		grams += offers[line.ProductID].Grams * line.Quantity
	}
	quote := events.Quote{Lines: lines, Choices: []events.QuoteChoice{}, ValidUntil: now.Add(QuoteValid).Truncate(time.Second)}
	ways := m.choices(q.Destination, goods, grams)
	for _, choice := range ways {
		if choice.Sum, _, err = Total(goods.Currency, taxable, choice.Charges, m.Rates); err != nil {
			return events.Quote{}, err
		}
		if choice.Total.Amount > 0 {
			quote.Choices = append(quote.Choices, choice)
		}
	}
	if len(ways) > 0 && len(quote.Choices) == 0 {
		return events.Quote{}, nothingToPay()
	}
	slices.SortFunc(quote.Choices, func(a, b events.QuoteChoice) int {
		return cmp.Or(cmp.Compare(a.Total.Amount, b.Total.Amount), strings.Compare(a.Name, b.Name), strings.Compare(a.ShippingMethodID, b.ShippingMethodID))
	})
	return quote, nil
}

// choices are the ways in which goods are sent to a place, each with its charge. A mart that has no methods in a currency sends them somehow, for
// nothing.
func (m Market) choices(to events.Destination, goods events.Money, grams int64) (all []events.QuoteChoice) {
	if !slices.Contains(m.Ships, goods.Currency) {
		return []events.QuoteChoice{{Sum: events.Sum{Charges: []events.Charge{}}}}
	}
	for _, method := range m.Methods {
		amount, sends := ShippingCharge(method.ShippingMethodFields, to, goods, grams)
		if !sends {
			continue
		}
		charge := events.Charge{ShippingMethodID: method.ID, Name: method.Name, TaxClass: method.TaxClass, Amount: events.Money{Amount: amount, Currency: goods.Currency}}
		all = append(all, events.QuoteChoice{
			ShippingMethodID: method.ID, Name: method.Name, Description: method.Description, Delivery: &method.Delivery, Sum: events.Sum{Charges: []events.Charge{charge}},
		})
	}
	return all
}

// ShippingCharge is what a method costs for goods that go somewhere. It reports false when the method does not send them: it is retired, does not
// go there, has another currency, or they are too heavy or too dear for it.
func ShippingCharge(m events.ShippingMethodFields, to events.Destination, goods events.Money, grams int64) (amount int64, sends bool) {
	reaches := slices.ContainsFunc(m.Zones, func(z events.ShippingZone) bool { return within(z, to) })
	if m.Status != events.ShippingActive || m.Price.Currency != goods.Currency || !reaches {
		return 0, false
	}
	measure := map[events.ShippingBasis]int64{events.ByWeight: grams, events.ByTotal: goods.Amount}[m.Price.By]
	i := slices.IndexFunc(m.Price.Steps, func(s events.ShippingStep) bool { return s.UpTo == 0 || measure <= s.UpTo })
	switch {
	case i < 0:
		return 0, false
	case m.Price.FreeFrom != 0 && goods.Amount >= m.Price.FreeFrom:
		return 0, true
	}
	return m.Price.Steps[i].Amount, true
}

// within tells whether a place is in a zone. A place without a postal code is in no part of a country.
func within(z events.ShippingZone, to events.Destination) bool {
	if !slices.Contains(z.Countries, to.Country) {
		return false
	}
	code := comparedPostalCode(to.PostalCode)
	return len(z.PostalPrefixes) == 0 || slices.ContainsFunc(z.PostalPrefixes, func(prefix string) bool { return strings.HasPrefix(code, prefix) })
}
