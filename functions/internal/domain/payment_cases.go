package domain

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// PaymentVersion is one line of a payment's history.
type PaymentVersion struct {
	PaymentID string
	Version   int64
	Status    events.PaymentStatus
	Step      events.PaymentStep
}

// PaymentEntry is one line of the payment ledger: money held, taken, let go, given back, or come back from there.
type PaymentEntry struct {
	PaymentID string
	Step      events.PaymentStep
	RefundID  string // of a refund
	Amount    events.Money
}

// The rows of payments. Whoever changes a payment holds its order's lock.
var (
	Payments       = Table[Payment]{"payment"}
	PaymentHistory = Log[PaymentVersion]{"payment_history"}
	PaymentLedger  = Log[PaymentEntry]{"payment_ledger"}
)

var (
	// PaymentInProgress refuses a second payment of an order while what becomes of the first is about to be known.
	PaymentInProgress = events.Refuse("payment_in_progress", "The order is being paid already; GET /payments shows how far that is.").After(PaidWithin)
	// PaymentWaits refuses it while the first waits for its buyer, who can give it up.
	PaymentWaits = events.Refuse("payment_in_progress", "A payment of the order waits for its buyer at their bank. To pay in another way, give it up first: POST /payments/{id}/cancellation.")
	// PaymentExists refuses a second payment of one id.
	PaymentExists = events.Refuse("already_exists", "There is a payment with this id already.")
)

// PaidWithin is after how many seconds somebody whose order is being paid is told to ask again.
const PaidWithin = 2

// StartPayment begins to pay an order: all of it, by its customer or its guest, one payment at a time. From here the order waits for the answer. A payment
// began when it was asked for: the command may come again from the topic after a restore of the database, long after the provider was asked.
// Errors: Problems forbidden, not_found, order_not_payable, payment_in_progress, too_many_declined_payments, already_exists.
func StartPayment(c Case, m events.Received[events.PaymentRequest]) ([]events.Outgoing, error) {
	if err := c.mayShop(m.By); err != nil {
		return nil, err
	}
	o, found := Orders.Get(c.Rows, ID(m.Data.OrderID))
	if !found || !o.ownedBy(m.By) {
		return nil, events.NotFound("order", m.Data.OrderID)
	}
	asked := c.askedAt(m.Envelope)
	if err := o.CheckPayable(asked); err != nil {
		return nil, err
	}
	if err := c.mayTakeMoney(o.ID); err != nil {
		return nil, err
	}
	buyer, _ := Buyers.Find(c.Rows, o.CustomerID)
	if err := c.declines(o.Order, m.Data.Network).Check(c.Limits, buyer); err != nil {
		return nil, err
	}
	id := ID(m.Subject)
	if _, exists := Payments.Get(c.Rows, id); exists {
		return nil, PaymentExists
	}
	p := Payment{
		Meta:    events.Meta{ID: id, Version: 1, CreatedAt: asked, UpdatedAt: c.Now},
		OrderID: o.ID, CustomerID: o.CustomerID, Amount: o.Total, Taxes: o.Taxes, PaymentMethod: m.Data.PaymentMethod,
		ReturnPage: m.Data.ReturnPage, Network: m.Data.Network, Status: events.PaymentStartedStatus, Step: events.AuthorizeStep,
	}
	c.setPayment(p)
	until := o.PayBy
	if grace := c.Now.Add(c.Limits.PayGrace); grace.After(until) {
		until = grace
	}
	c.expireOrderAt(o.ID, until)
	return events.Send(events.PaymentStarted.New(id, events.PaymentState(p))), nil
}

// askedAt is when a command was sent, by its own word under its seal; never later than now, whatever its sender's clock says.
func (c Case) askedAt(e events.Envelope) time.Time {
	if asked := e.Time.UTC().Truncate(time.Microsecond); asked.Before(c.Now) {
		return asked
	}
	return c.Now
}

// declines counts the declined payments of an order, and of late those of its customer, or of its guest's address from a network, and all those from there.
func (c Case) declines(o Order, network string) (d Declines) {
	since := c.Now.Add(-DeclinedWithin)
	for p := range Payments.All(c.Rows) {
		if p.OrderID == o.ID && (p.Status == events.PaymentDeclinedStatus || p.Status == events.PaymentVoidedStatus) { // one that was given up tells of a card, too
			d.OfOrder++
		}
		if p.Status != events.PaymentDeclinedStatus {
			continue
		}
		if p.CustomerID == o.CustomerID && p.CreatedAt.After(since) {
			d.OfCustomer++
		}
		if network != "" && p.Network == network && p.CreatedAt.After(since) {
			d.AtNetwork++
		}
	}
	if o.OfGuest() {
		ofAddress, _ := GuestDeclines.Find(c.Rows, GuestDeclinesKey(o.ID, network))
		d.OfCustomer = max(d.OfCustomer, ofAddress)
	}
	return d
}

// openPayment is the payment of an order that is under way, or that was taken and not all promised back. There is one at most.
func (c Case) openPayment(order string) (open Payment, found bool) {
	for p := range Payments.All(c.Rows) {
		if p.OrderID == order && (p.UnderWay() || p.Refundable() > 0) && (!found || p.CreatedAt.After(open.CreatedAt)) {
			open, found = p, true
		}
	}
	return open, found
}

// mayTakeMoney refuses another payment of an order of which one is taken, or may still be: also one that is given up, until the provider has said
// that it is. Error: Problem payment_in_progress.
func (c Case) mayTakeMoney(order string) error {
	for p := range Payments.All(c.Rows) {
		switch {
		case p.OrderID != order || !PaymentLive(p.Status) && p.Refundable() == 0:
		case p.Settled() && PaymentLive(p.Status):
			return PaymentWaits
		default:
			return PaymentInProgress
		}
	}
	return nil
}

// CancelPayment gives up a payment that waits for its buyer, on the wish of whoever pays: they may have no way to prove to their bank who they are. The
// provider is told, and the order may be paid in another way once it has let the payment go; what it takes or holds all the same goes back.
// Errors: Problems forbidden, not_found, payment_not_cancellable.
func CancelPayment(c Case, m events.Received[events.PaymentCancellation]) ([]events.Outgoing, error) {
	if err := c.mayShop(m.By); err != nil {
		return nil, err
	}
	p, found := Payments.Get(c.Rows, ID(m.Subject))
	if !found {
		return nil, events.NotFound("payment", m.Subject)
	}
	if o, known := Orders.Get(c.Rows, p.OrderID); !known || !o.ownedBy(m.By) {
		return nil, events.NotFound("payment", m.Subject)
	}
	cancelled, changed, err := p.Cancel(c.Now)
	if err != nil {
		return nil, err
	}
	if !changed {
		return events.Send(events.PaymentUnchanged.New(p.ID, events.PaymentState(p))), nil
	}
	c.setPayment(cancelled)
	return events.Send(events.PaymentVoidRequested.New(p.ID, events.PaymentState(cancelled))), nil
}

// paymentTold is the event that says that a payment has come to a state.
var paymentTold = map[events.PaymentStatus]events.Message[events.PaymentState]{
	events.PaymentAuthStatus:     events.PaymentAuthorized,
	events.PaymentCapturedStatus: events.PaymentCaptured,
	events.PaymentDeclinedStatus: events.PaymentDeclined,
	events.PaymentActionStatus:   events.PaymentActionRequired,
	events.PaymentVoidedStatus:   events.PaymentVoided,
}

// RecordPayment takes in what the provider said, from the call itself, a webhook or a later question: whichever comes second tells
// nothing new. A payment and its order move together. Errors: not_found; not a refusal but a fault: ErrAmountMismatch.
func RecordPayment(c Case, m events.Received[events.PaymentAnswer]) ([]events.Outgoing, error) {
	p, found := Payments.Get(c.Rows, ID(m.Subject))
	if !found {
		return nil, events.NotFound("payment", m.Subject)
	}
	if m.Data.Step == events.RefundStep {
		return c.recordRefund(p, m.Data)
	}
	o, _ := Orders.Get(c.Rows, p.OrderID)
	t, err := p.ApplyProviderResult(m.Data, o.Status, c.Now)
	if err != nil {
		return nil, err
	}
	if !t.Changed {
		return events.Send(events.PaymentUnchanged.New(p.ID, events.PaymentState(p))), nil
	}
	c.setPayment(t.Payment)
	c.addLedgerEntries(p, t.Payment)
	results := events.Send(t.event(m.Data).New(p.ID, events.PaymentState(t.Payment)))
	if t.Refund {
		results = append(results, c.giveUp(t.Payment)...)
	}
	moved, err := c.moveOrder(o, t, m.By)
	return append(results, moved...), err
}

// event chooses the one event of a payment's new version.
func (t Transition) event(a events.PaymentAnswer) events.Message[events.PaymentState] {
	switch {
	case t.Void:
		return events.PaymentVoidRequested
	case a.Status == events.PaymentUnknownStatus:
		return events.PaymentUnknown
	default:
		return paymentTold[t.Payment.Status]
	}
}

// addLedgerEntries adds to the ledger what differs between two versions of a payment.
func (c Case) addLedgerEntries(before, after Payment) {
	if after.Authorized > before.Authorized {
		c.addLedgerEntry(after, events.AuthorizeStep, "", after.Authorized)
	}
	if after.Captured > before.Captured {
		c.addLedgerEntry(after, events.CaptureStep, "", after.Captured)
	}
	if after.Status == events.PaymentVoidedStatus && after.Authorized > 0 {
		c.addLedgerEntry(after, events.VoidStep, "", after.Authorized)
	}
}

func (c Case) addLedgerEntry(p Payment, step events.PaymentStep, refundID string, amount int64) {
	PaymentLedger.Add(c.Rows, PaymentEntry{p.ID, step, refundID, events.Money{Amount: amount, Currency: p.Amount.Currency}})
}

// moveOrder moves the order as the transition says.
func (c Case) moveOrder(o StoredOrder, t Transition, by events.Principal) ([]events.Outgoing, error) {
	var err error
	told := events.OrderReopened
	switch t.Order {
	case events.OrderAuthorizedStatus:
		told = events.OrderAuthorized
		o.Order, err = o.Authorize(by, c.Now)
	case events.OrderPaidStatus:
		told = events.OrderPaid
		o.Order, err = o.Pay(by, c.Now)
	case events.OrderPlacedStatus:
		o.Order, err = o.Reopen(by, events.Own(notCarriedOut), c.Now)
	default:
		if o.Status == events.OrderPlacedStatus && !PaymentLive(t.Payment.Status) {
			c.expireOrderAt(o.ID, o.PayBy) // nothing to wait for any longer
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.setOrder(o)
	c.clearDeadline(OrderDeadline, o.ID)
	c.clearDeadline(OrderReminder, o.ID)
	if o.Status == events.OrderPlacedStatus {
		c.expireOrderAt(o.ID, o.PayBy)
	}
	return events.Send(told.New(o.ID, o.eventState())), nil
}

// setPayment writes a payment's next version, and when the provider must be asked again.
func (c Case) setPayment(p Payment) {
	Payments.Put(c.Rows, p.ID, p)
	PaymentHistory.Add(c.Rows, PaymentVersion{p.ID, p.Version, p.Status, p.Step})
	if at, open := p.NextRetry(c.Now); open {
		c.setDeadline(PaymentDeadline, p.ID, at)
	} else {
		c.clearDeadline(PaymentDeadline, p.ID)
	}
}
