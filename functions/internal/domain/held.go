package domain

import (
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
)

// checkHeld refuses an order with which too much would be kept from others before it is paid for: too many of a product by one buyer, which is told of each line;
// too many in all by one whose address nobody has shown to be theirs; or too many by all such buyers at one network. Error: Problem too_many_held.
func (c Case) checkHeld(asked time.Time, b buyer, lines []events.OrderItem, unpaid []UnpaidOrder) error {
	if c.Now.Sub(asked) >= decidedLate {
		return nil
	}
	if faults := c.heldOfProducts(lines, unpaid); len(faults) > 0 {
		problem := tooManyHeld("see errors. Order fewer, or pay first for what is ordered already.")
		problem.Errors = faults
		return problem
	}
	wanted := pieces(lines)
	switch l := c.Limits; {
	case l.HeldInAll > 0 && !b.proven && wanted+held(unpaid) > l.HeldInAll:
		return tooManyHeld("at most %d in all, as long as the e-mail address is not confirmed. Order fewer, pay first for what is ordered already, or order with an account whose address is confirmed.", l.HeldInAll)
	case l.HeldAtNetwork > 0 && b.network != "" && wanted+held(c.unpaidAt(b.network)) > l.HeldAtNetwork:
		return tooManyHeld("with what others hold who order from where you are, and whose e-mail address is not confirmed either. Order fewer, order with an account whose address is confirmed, or try again in a quarter of an hour.")
	}
	return nil
}

// heldOfProducts is of which lines it would be too much, with what the unpaid orders of their buyer hold.
func (c Case) heldOfProducts(lines []events.OrderItem, unpaid []UnpaidOrder) (faults []events.FieldError) {
	if c.Limits.Held == 0 {
		return nil
	}
	of := map[string]int64{}
	for _, o := range unpaid {
		for _, l := range o.Holds {
			of[l.ProductID] += l.Quantity
		}
	}
	for _, l := range lines {
		of[l.ProductID] += l.Quantity
	}
	for i, l := range lines {
		if of[l.ProductID] > c.Limits.Held {
			faults = append(faults, events.FieldError{Location: at(i, "quantity"), Message: fmt.Sprintf("at most %d of a product are held until they are paid for, in all unpaid orders together", c.Limits.Held)})
		}
	}
	return faults
}

// held is how many pieces orders keep from others.
func held(orders []UnpaidOrder) (n int64) {
	for _, o := range orders {
		n += pieces(o.Holds)
	}
	return n
}

func pieces(lines []events.OrderItem) (n int64) {
	for _, l := range lines {
		n += l.Quantity
	}
	return n
}

func tooManyHeld(why string, values ...any) *events.Problem {
	return events.Refuse("too_many_held", "Too many pieces would be held before they are paid for: "+why, values...)
}
