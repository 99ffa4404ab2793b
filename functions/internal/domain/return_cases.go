package domain

import "github.com/onlinemart/mart/events"

// RequestReturn asks on its owner's wish, or the staff's, for a part of an order to come back. Errors: 422 when a product is not in the order;
// Problems not_found, forbidden, not_left_to_return.
func RequestReturn(c Case, m events.Received[events.ReturnRequest]) ([]events.Outgoing, error) {
	o, err := c.ownOrStaffs(m.Envelope)
	if err != nil {
		return nil, err
	}
	r := events.PartReturn{ID: events.DeriveID("return", o.ID, m.Source, m.ID), Reason: o.kept(m.Data.Reason), At: c.Now}
	o.Order, err = o.RequestReturn(r, m.Data.Lines, m.By)
	return c.tellPart(events.OrderReturnRequested, o, err)
}

// ApproveReturn lets a return come. Errors: Problems not_found, return_state.
func ApproveReturn(c Case, m events.Received[events.ReturnDecision]) ([]events.Outgoing, error) {
	return c.decideReturn(m, events.ReturnApprovedStatus, events.ReturnApproved, events.OrderReturnApproved)
}

// RefuseReturn ends a return of which nothing has come. Errors: Problems not_found, return_state.
func RefuseReturn(c Case, m events.Received[events.ReturnDecision]) ([]events.Outgoing, error) {
	return c.decideReturn(m, events.ReturnRefusedStatus, events.ReturnRefused, events.OrderReturnRefused)
}

func (c Case) decideReturn(m events.Received[events.ReturnDecision], to events.ReturnStatus, action events.OrderAction,
	told events.Message[events.OrderState],
) ([]events.Outgoing, error) {
	o, found := Orders.Get(c.Rows, ID(m.Subject))
	if !found {
		return nil, events.NotFound("order", m.Subject)
	}
	said := m.Data
	said.Note = o.kept(said.Note)
	var err error
	o.Order, err = o.DecideReturn(said, to, events.OrderStep{At: c.Now, By: m.By, Action: action})
	return c.tellPart(told, o, err)
}

// ReceiveReturn takes in what has come back: its money is given back, and what can be sold again is on the shelf. Errors: 422 when a product is
// not in the order; Problems not_found, return_state, more_than_returned.
func ReceiveReturn(c Case, m events.Received[events.ReturnReception]) ([]events.Outgoing, error) {
	o, found := Orders.Get(c.Rows, ID(m.Subject))
	if !found {
		return nil, events.NotFound("order", m.Subject)
	}
	paid, refunding, refund, err := c.refundPart(o.Order, m.Data.ReturnID, received(m.Data.Lines), goodsReturned)
	if err != nil {
		return nil, err
	}
	o.Order, err = o.ReceiveReturn(m.Data, refund, events.OrderStep{At: c.Now, By: m.By, Action: events.ReturnReceived})
	if err != nil {
		return nil, err
	}
	results, err := c.tellPart(events.OrderReturnReceived, o, nil)
	if err != nil {
		return nil, err
	}
	if refund != nil {
		c.setPayment(paid)
	}
	_, err = c.moveStock(RestockReturned(m.Data.Lines), cause{orderID: o.ID, partID: m.Data.ReturnID, by: m.By})
	return append(results, refunding...), err
}

// CancelPart ends a part of a paid order that was not sent: its goods are on sale again, and its price is given back. Where that is all of the order, the
// order ends. Errors: 422 when a product is not in the order; Problems not_found, forbidden, order_not_cancellable, not_left_to_cancel.
func CancelPart(c Case, m events.Received[events.PartCancellation]) ([]events.Outgoing, error) {
	o, err := c.ownOrStaffs(m.Envelope)
	if err != nil {
		return nil, err
	}
	part := events.CancelledPart{ID: events.DeriveID("cancellation", o.ID, m.Source, m.ID), Reason: m.Data.Reason, At: c.Now}
	all, err := o.CheckCancelled(m.Data.Lines, m.By)
	switch {
	case err != nil:
		return nil, err
	case all:
		if o.Order, err = o.Cancel(m.By, m.Data.Reason, c.Now); err != nil {
			return nil, err
		}
		return c.endOrder(o, events.OrderCancelled.New(o.ID, events.OrderState(o.Order)), m.By)
	}
	paid, refunding, refund, err := c.refundPart(o.Order, part.ID, m.Data.Lines, partCancelled)
	if err != nil {
		return nil, err
	}
	part.Refund = refund
	o.Order = o.CancelPart(part, m.Data.Lines, m.By)
	results, err := c.tellPart(events.OrderPartCancelled, o, nil)
	if err != nil {
		return nil, err
	}
	if refund != nil {
		c.setPayment(paid)
	}
	reservations, _ := Reservations.Get(c.Rows, o.ID)
	_, err = c.moveStock(Free(reservations, m.Data.Lines), cause{orderID: o.ID, partID: part.ID, by: m.By})
	return append(results, refunding...), err
}

// refundPart is the payment of an order as it is once a part's lines are given back by their worth, or by what is left of it; a nil refund where nothing
// is. Nothing is written yet. Errors as of Payment.RefundPart.
func (c Case) refundPart(o Order, part string, lines []events.OrderItem, why string) (paid Payment, told []events.Outgoing, refund *events.PartRefund, err error) {
	worth := o.Worth(lines)
	p, kept := c.openPayment(o.ID)
	if !kept || min(worth.Amount.Amount, p.Refundable()) < 1 {
		return p, nil, nil, nil
	}
	id := events.DeriveID("refund", p.ID, part)
	paid, state, err := p.RefundPart(id, worth, events.Own(why), c.Now)
	if err != nil {
		return p, nil, nil, err
	}
	refund = &events.PartRefund{ID: id, Amount: state.Amount, Lines: o.refundOf(lines, state.Amount)}
	if len(p.Taxes) > 0 {
		refund.Tax = events.Money{Amount: total(paid.Refunds[len(paid.Refunds)-1].Taxes), Currency: p.Amount.Currency}
	}
	return paid, events.Send(events.PaymentRefundRequested.New(p.ID, state)), refund, nil
}

func total(amounts []int64) (sum int64) {
	for _, amount := range amounts {
		sum += amount
	}
	return sum
}

// tellPart writes an order of which a part has changed, and tells of it with all its history.
func (c Case) tellPart(told events.Message[events.OrderState], o StoredOrder, err error) ([]events.Outgoing, error) {
	if err != nil {
		return nil, err
	}
	c.setOrder(o)
	return events.Send(told.New(o.ID, events.OrderState(o.Order))), nil
}

// ownOrStaffs is the order that a command is about, where its asker is its owner or staff who may change it. Errors: Problems not_found, forbidden.
func (c Case) ownOrStaffs(e events.Envelope) (StoredOrder, error) {
	o, found := Orders.Get(c.Rows, ID(e.Subject))
	if !found || !o.ownedBy(e.By) && !c.mayStaff(e.By, events.OrdersWrite) {
		return o, events.NotFound("order", e.Subject)
	}
	if !e.By.IsGuest() && c.Asker.Status != events.AccountActive {
		return o, events.Forbidden("The account is not known or not active.") // its token is good for some minutes still
	}
	return o, nil
}
