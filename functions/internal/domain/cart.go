package domain

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/onlinemart/mart/events"
)

// Offer is a product as it can be bought at this moment.
type Offer struct {
	SKU       string
	Name      string
	Price     events.Money
	Available int64
	TaxClass  string
	Grams     int64 // what one of it weighs
	ImageURL  string
}

// The limits of a cart. With more lines a person is not shopping, with a larger quantity not for a household.
var (
	cartLimits   = limitsOf[events.Cart]()
	chosenLimits = limitsOf[events.ChosenCart]()
	lineLimits   = limitsOf[events.OrderItem]()
)

// Cart is a cart as it is stored. Error: 422 with every fault.
func Cart(c events.Cart) (events.Cart, error) {
	var all faults
	all.items(c.Lines, cartLimits["lines"].maxItems)
	address, err := PostalAddress("body.shippingAddress", c.ShippingAddress)
	if p, refused := errors.AsType[*events.Problem](err); refused {
		all = append(all, p.Errors...)
	}
	c.ShippingAddress = address
	return c, all.problem()
}

// ChosenCart is Cart, and how it is sent. Error: 422 with every fault.
func ChosenCart(c events.ChosenCart) (events.ChosenCart, error) {
	var all faults
	cart, err := Cart(c.Cart)
	if p, refused := errors.AsType[*events.Problem](err); refused {
		all = append(all, p.Errors...)
	}
	c.Cart = cart
	c.ShippingMethodID = all.id("body.shippingMethodId", c.ShippingMethodID)
	if c.Quote != "" && c.ShippingMethodID != "" {
		all.add("body.shippingMethodId", "must be left out: the quote says how the order is sent")
	}
	if most := chosenLimits["quote"].maxLength; len(c.Quote) > most {
		all.add("body.quote", "must be a quote as POST /quotes gives it, of at most %d characters", most)
	}
	return c, all.problem()
}

func at(line int, field string) string { return fmt.Sprintf("body.lines[%d].%s", line, field) }

// Demand sums a cart's quantities by product, sorted by product id: two lines of one product count together.
func Demand(lines []events.OrderItem) []events.OrderItem {
	sums := map[string]int64{}
	for _, line := range lines {
		sums[line.ProductID] += line.Quantity
	}
	demand := make([]events.OrderItem, 0, len(sums))
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		demand = append(demand, events.OrderItem{ProductID: id, Quantity: sums[id]})
	}
	return demand
}

// Price turns a cart into an order's lines and total at the prices of the offers, and refuses what cannot be delivered. Goods may cost nothing, where sending them
// does not.
// Errors: Problems "product_not_sold", "mixed_currencies", "amount_too_large", "nothing_to_pay", "out_of_stock" (errors name the lines).
func Price(lines []events.OrderItem, offers map[string]Offer) ([]events.OrderLine, events.Money, error) {
	if len(lines) == 0 {
		return nil, events.Money{}, nothingToPay()
	}
	if err := checkSold(lines, offers); err != nil {
		return nil, events.Money{}, err
	}
	priced := make([]events.OrderLine, len(lines))
	sum := events.Money{Currency: offers[lines[0].ProductID].Price.Currency}
	for i, line := range lines {
		offer := offers[line.ProductID]
		total, err := Times(offer.Price, line.Quantity)
		if err != nil {
			return nil, events.Money{}, err
		}
		if sum, err = Plus(sum, total); err != nil {
			return nil, events.Money{}, err
		}
		priced[i] = events.OrderLine{
			ProductID: line.ProductID, SKU: offer.SKU, Name: offer.Name, UnitPrice: offer.Price, Quantity: line.Quantity, Total: total, ImageURL: offer.ImageURL,
		}
	}
	if sum.Amount > Chargeable(sum.Currency) {
		return nil, events.Money{}, tooLarge()
	}
	return priced, sum, checkStock(lines, offers)
}

func nothingToPay() *events.Problem {
	return events.Unprocessable("nothing_to_pay", "An order costs something; this one costs nothing.")
}

func checkSold(lines []events.OrderItem, offers map[string]Offer) error {
	var faults []events.FieldError
	for i, line := range lines {
		if _, sold := offers[line.ProductID]; !sold {
			faults = append(faults, events.FieldError{Location: at(i, "productId"), Message: "there is no such product for sale"})
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return events.Unprocessable("product_not_sold", "Some products are not for sale; see errors.", faults...)
}

func checkStock(lines []events.OrderItem, offers map[string]Offer) error {
	short := map[string]int64{} // product → wanted
	for _, d := range Demand(lines) {
		if d.Quantity > offers[d.ProductID].Available {
			short[d.ProductID] = d.Quantity
		}
	}
	var faults []events.FieldError
	for i, line := range lines {
		if wanted, isShort := short[line.ProductID]; isShort {
			offer := offers[line.ProductID]
			faults = append(faults, events.FieldError{
				Location: at(i, "quantity"), Message: fmt.Sprintf("%d of %s wanted in all, %d left", wanted, offer.SKU, offer.Available),
			})
		}
	}
	if len(faults) == 0 {
		return nil
	}
	problem := events.Refuse("out_of_stock", "There is not enough left of some products; see errors.")
	problem.Errors = faults
	return problem
}
