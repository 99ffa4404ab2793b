package domain

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/onlinemart/mart/events"
)

// StoredOrder is an order as it is stored: with all its history, and with the moment at which it ends unless it is paid.
type StoredOrder struct {
	Order
	Number    int64
	ExpiresAt time.Time
	GuestKey  string    // of a guest's address; "" of a customer's order, and once its guest is erased
	ErasedAt  time.Time // when its guest was erased; zero: they were not
}

// OrderVersion is one line of an order's history.
type OrderVersion struct {
	OrderID string
	Version int64
	events.OrderStep
}

// The rows of orders.
var (
	Orders       = Table[StoredOrder]{"orders"}
	OrderHistory = Log[OrderVersion]{"order_history"}
	OrderNumbers = Sequence{"orders_number"}
)

// MoneyMayBeComing is how long an order waits past its deadline for a payment whose outcome is open.
const MoneyMayBeComing = time.Minute

// OrderNumber is how people call an order.
func OrderNumber(n int64) string { return fmt.Sprintf("M-%06d", n) }

// orderNumber is an order's number as people write it: also without the zeros, or with a small letter.
var orderNumber = regexp.MustCompile(`^[Mm]-([0-9]{1,18})$`)

// ParseOrderNumber reads an order's number as people write it.
func ParseOrderNumber(text string) (n int64, ok bool) {
	digits := orderNumber.FindStringSubmatch(text)
	if digits == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(digits[1], 10, 64)
	return n, err == nil && n > 0
}

// CancelOrder ends an order on its owner's wish, or the staff's. What was paid goes back, what was reserved returns.
// Errors: Problems not_found, forbidden, payment_in_progress, order_not_cancellable.
func CancelOrder(c Case, m events.Received[events.OrderReason]) ([]events.Outgoing, error) {
	o, err := c.ownOrStaffs(m.Envelope)
	if err != nil {
		return nil, err
	}
	if o.Order, err = o.Cancel(m.By, m.Data.Reason, c.Now); err != nil {
		return nil, err
	}
	return c.endOrder(o, events.OrderCancelled.New(o.ID, events.OrderState(o.Order)), m.By)
}

// cancelUnpaidOrders ends the orders that a customer who goes has not paid for: nobody is left to pay them, and what is begun with a provider must
// not be finished. Error: Problem payment_in_progress.
func (c Case) cancelUnpaidOrders(customer string, by events.Principal) (results []events.Outgoing, err error) {
	byID := slices.SortedFunc(Orders.All(c.Rows), func(a, b StoredOrder) int { return cmp.Compare(a.ID, b.ID) })
	for _, o := range byID {
		if o.CustomerID != customer || !OrderAwaitsMoney(o.Status) {
			continue
		}
		if o.Order, err = o.Cancel(by, events.Own(accountClosed), c.Now); err != nil {
			return nil, err
		}
		var said []events.Outgoing
		if said, err = c.endOrder(o, events.OrderCancelled.New(o.ID, events.OrderState(o.Order)), by); err != nil {
			return nil, err
		}
		results = append(results, said...)
	}
	return results, nil
}

// ownedBy tells whether an order is its asker's: of the customer whose it is, or of the guest, who is nobody any more once they are erased.
func (o StoredOrder) ownedBy(by events.Principal) bool {
	if o.OfGuest() {
		return by == events.Guest(o.ID) && o.ErasedAt.IsZero()
	}
	return by == events.Principal{Type: events.Shopper, ID: o.CustomerID}
}

// ExpireOrder ends an order that is due, still unpaid, and for which no money can be on its way.
func ExpireOrder(c Case, m events.Received[events.OrderDeadline]) ([]events.Outgoing, error) {
	o, found := Orders.Get(c.Rows, ID(m.Subject))
	if !found {
		return nil, events.NotFound("order", m.Subject)
	}
	unchanged := o.Order
	unchanged.History = nil
	same := events.Send(events.OrderUnchanged.New(o.ID, events.OrderState(unchanged)))
	switch {
	case o.Status != events.OrderPlacedStatus:
		c.clearDeadline(OrderDeadline, o.ID)
		return same, nil
	case o.ExpiresAt.After(c.Now):
		return same, nil
	case c.moneyMayBeComing(o.ID):
		c.setDeadline(OrderDeadline, o.ID, c.Now.Add(MoneyMayBeComing))
		return same, nil
	}
	var err error
	if o.Order, err = o.Expire(m.By, c.Now); err != nil {
		return nil, err
	}
	return c.endOrder(o, events.OrderExpired.New(o.ID, o.eventState()), m.By)
}

func (c Case) moneyMayBeComing(order string) bool {
	for p := range Payments.All(c.Rows) {
		if p.OrderID == order && (p.Status == events.PaymentAuthStatus || p.Status == events.PaymentUnknownStatus) {
			return true
		}
	}
	return false
}

// endOrder writes the end of an order: what is still reserved for it is free again (what was committed inventory restocks), and its
// payment is let go or given back.
func (c Case) endOrder(o StoredOrder, said events.Outgoing, by events.Principal) ([]events.Outgoing, error) {
	c.setOrder(o)
	c.clearDeadline(OrderDeadline, o.ID)
	c.clearDeadline(OrderReminder, o.ID)
	results := events.Send(said)
	if p, open := c.openPayment(o.ID); open {
		results = append(results, c.giveUp(p)...)
	}
	reservations, _ := Reservations.Get(c.Rows, o.ID)
	_, err := c.moveStock(Release(reservations), cause{orderID: o.ID, by: by})
	return results, err
}

// setOrder writes an order's next version.
func (c Case) setOrder(o StoredOrder) {
	Orders.Put(c.Rows, o.ID, o)
	OrderHistory.Add(c.Rows, OrderVersion{o.ID, o.Version, o.History[len(o.History)-1]})
}

// expireOrderAt sets when an order ends unless paid.
func (c Case) expireOrderAt(id string, at time.Time) {
	o, _ := Orders.Get(c.Rows, id)
	o.ExpiresAt = at
	Orders.Put(c.Rows, id, o)
	c.setDeadline(OrderDeadline, id, at)
}

// eventState is an order as an event tells it: with the step that it is about.
func (o StoredOrder) eventState() events.OrderState {
	state := events.OrderState(o.Order)
	state.History = state.History[len(state.History)-1:]
	return state
}
