package domain

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

// Offer is a product as it can be bought at this moment.
type Offer struct {
	SKU       string
	Name      string
	Price     events.Money
	Available int64
}

// The limits of a cart. Beyond the first a person is not shopping, beyond the second not for a household.
const (
	maxLines    = 100
	maxQuantity = 1000
)

// CheckCart refuses a cart that can never be ordered, with all its faults. Error: Problem "invalid".
func CheckCart(c events.Cart) error {
	var faults []events.FieldError
	if len(c.Lines) == 0 || len(c.Lines) > maxLines {
		faults = append(faults, events.FieldError{Location: "body.lines", Message: fmt.Sprintf("expected 1 to %d lines", maxLines)})
	}
	for i, line := range c.Lines {
		if line.Quantity < 1 || line.Quantity > maxQuantity {
			faults = append(faults, events.FieldError{Location: at(i, "quantity"), Message: fmt.Sprintf("expected 1 to %d", maxQuantity)})
		}
	}
	a := c.ShippingAddress
	for _, required := range []struct {
		name  string
		value events.Personal
	}{{"name", a.Name}, {"line1", a.Line1}, {"city", a.City}, {"postalCode", a.PostalCode}} {
		if required.value.IsZero() || strings.TrimSpace(required.value.Reveal()) == "" && required.value.Ciphertext() == "" {
			faults = append(faults, events.FieldError{Location: "body.shippingAddress." + required.name, Message: "must not be empty"})
		}
	}
	if len(faults) > 0 {
		return events.Invalid(faults...)
	}
	return nil
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

// Price turns a cart into an order's lines and total at the prices of the offers, and refuses what cannot be delivered.
// Errors: Problems "product_not_sold", "mixed_currencies", "amount_too_large", "out_of_stock" (errors name the lines).
func Price(lines []events.OrderItem, offers map[string]Offer) ([]events.OrderLine, events.Money, error) {
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
			ProductID: line.ProductID, SKU: offer.SKU, Name: offer.Name, UnitPrice: offer.Price, Quantity: line.Quantity, Total: total,
		}
	}
	return priced, sum, checkStock(lines, offers)
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
	return &events.Problem{
		Status: http.StatusUnprocessableEntity, Code: "product_not_sold",
		Detail: "Some products are not for sale; see errors.", Errors: faults,
	}
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
