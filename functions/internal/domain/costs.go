package domain

import (
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// mostChoices is how many ways to be sent a refusal names: a record that holds them is one that can be published.
const mostChoices = 20

// costs is what an order costs, each line and charge with what it carries of its tax.
type costs struct {
	lines   []events.OrderLine
	charges []events.OrderCharge
	sum     events.Sum
}

// costs is what a cart costs that was ordered at a moment. Errors: those of Quote; Problems shipping_method_required,
// shipping_method_unavailable, quote_changed, each with what it would cost now.
func (c Case) costs(cart events.ChosenCart, offers map[string]Offer, asked time.Time) (costs, error) {
	q := events.QuoteRequest{Lines: cart.Lines, Destination: destinationOf(cart.ShippingAddress)}
	market := c.market(q.Destination, asked, cart.ShippingMethodID == "" && cart.Quote == "")
	quote, err := Quote(q, offers, market, c.Now)
	if err != nil {
		return costs{}, err
	}
	choice, refusal := chosen(cart, quote.Choices, func(sum events.Sum) bool {
		return quoteHolds(c.Keys, cart.Quote, quoteOffer(q.Destination, quote.Lines, sum), asked)
	})
	if refusal != nil {
		quote.Choices = quote.Choices[:min(len(quote.Choices), mostChoices)]
		quote = ProveQuote(c.Keys, q.Destination, quote)
		refusal.Quote = &quote
		return costs{}, refusal
	}
	return costsOf(quote.Lines, offers, choice.Charges, market.Rates)
}

// destinationOf is where an order goes, as far as it matters for what it costs.
func destinationOf(a events.PostalAddress) events.Destination {
	return events.Destination{Country: a.Country, Region: a.Region, PostalCode: a.PostalCode.Plaintext()}
}

// market is what goods cost besides their prices when they are ordered at a moment. Of whoever names no way to be sent none is wanted that was made
// after they had asked: their order may have waited since, or come once more after a restore, and there was none to be named.
func (c Case) market(to events.Destination, asked time.Time, unchosen bool) (m Market) {
	for row := range ShippingMethodRows.All(c.Rows) {
		s := row.State
		later := s.CreatedAt.Truncate(time.Millisecond).After(asked) // a message says its time in milliseconds
		if row.DeletedAt == nil && s.Status == events.ShippingActive && (!unchosen || !later) {
			m.Methods, m.Ships = append(m.Methods, s), append(m.Ships, s.Price.Currency)
		}
	}
	var rates []events.TaxRateFields
	for row := range TaxRateRows.All(c.Rows) {
		if row.DeletedAt == nil {
			rates = append(rates, row.State.TaxRateFields)
		}
	}
	m.Rates = RatesAt(rates, to.Country, to.Region, asked)
	return m
}

// chosen is the way in which a cart is sent, of those that there are; holds tells whether its quote is of a sum. Problem: it is none of them.
func chosen(cart events.ChosenCart, choices []events.QuoteChoice, holds func(events.Sum) bool) (events.QuoteChoice, *events.Problem) {
	method := ID(cart.ShippingMethodID)
	i := slices.IndexFunc(choices, func(c events.QuoteChoice) bool {
		if cart.Quote != "" {
			return holds(c.Sum)
		}
		return c.ShippingMethodID == method
	})
	switch {
	case i >= 0:
		return choices[i], nil
	case cart.Quote != "":
		return events.QuoteChoice{}, events.Refuse("quote_changed",
			"The quote does not hold any more: its time is over, it is of other goods, or they cost something else by now or at this address. quote is what it would cost; order with that of one of its choices.")
	case len(choices) == 0:
		return events.QuoteChoice{}, events.Refuse("shipping_method_unavailable", "The mart sends none of this to that address: it is too far, too heavy or too dear for each of its shipping methods.")
	case method != "":
		return events.QuoteChoice{}, events.Refuse("shipping_method_unavailable", "The shipping method does not send this to that address; choices of quote are those that do.")
	}
	return events.QuoteChoice{}, events.Unprocessable("shipping_method_required",
		"Say how the order is sent: name the shippingMethodId, or better the quote, of one of the choices of quote.")
}

// costsOf is what goods cost that are sent for charges. Errors: those of Total.
func costsOf(lines []events.OrderLine, offers map[string]Offer, charges []events.Charge, rates Rates) (costs, error) {
	all := costs{lines: slices.Clone(lines)}
	sum, taxes, err := Total(lines[0].Total.Currency, taxableOf(lines, offers), charges, rates)
	if err != nil {
		return costs{}, err
	}
	carried := func(class string, tax int64) (events.Money, string) {
		rate, owed := rates.of(class)
		if !owed {
			return events.Money{}, ""
		}
		return events.Money{Amount: tax, Currency: sum.Total.Currency}, rate.TaxClass
	}
	for i, l := range lines {
		all.lines[i].Tax, all.lines[i].TaxedAs = carried(offers[l.ProductID].TaxClass, taxes[i])
	}
	for i, charge := range charges {
		one := events.OrderCharge{Charge: charge}
		one.Tax, one.TaxedAs = carried(charge.TaxClass, taxes[len(lines)+i])
		all.charges = append(all.charges, one)
	}
	all.sum = sum
	return all, nil
}

// taxableOf is lines as they are taxed.
func taxableOf(lines []events.OrderLine, offers map[string]Offer) []Taxable {
	taxable := make([]Taxable, len(lines))
	for i, line := range lines {
		taxable[i] = Taxable{line.Total.Amount, offers[line.ProductID].TaxClass}
	}
	return taxable
}
