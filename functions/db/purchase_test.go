package db

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

func TestAPurchaseFromOrderToCommittedStock(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(3), m.buyer()
	order := m.order(buyer, one(product))
	m.is(order, product, "placed - 3/1")
	payment := m.pay(buyer, order)
	m.is(order, product, "placed started:authorize 3/1")
	m.must(said(payment, events.AuthorizeStep, events.PaymentAuthStatus))
	m.is(order, product, "authorized authorized:capture 3/1")
	m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	m.is(order, product, "paid captured 3/1")
	m.must(events.CommitStock.New(order, events.OrderStock{OrderID: order}))
	m.is(order, product, "paid captured 2/0")
	if n := m.count(`select count(*) from deadline`); n != 0 {
		t.Errorf("%d deadlines are left", n)
	}
	if paid, captured := m.told(events.OrderPaid, order), m.told(events.PaymentCaptured, payment); paid != 1 || captured != 1 {
		t.Errorf("told paid %d times and captured %d times", paid, captured)
	}
	got, err := getOrder(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: order, CustomerID: buyer.ID, MinVersion: 3}})
	if err != nil {
		t.Fatal(err)
	}
	var history []events.OrderStatus
	for _, h := range got.History {
		history = append(history, h.Status)
	}
	if want := []events.OrderStatus{"placed", "authorized", "paid"}; !slices.Equal(history, want) {
		t.Errorf("history %v, want %v", history, want)
	}
	want := []events.OrderLine{{ProductID: product, SKU: "M-" + product[24:], Name: "Mug", UnitPrice: events.Money{Amount: 1000, Currency: "USD"}, Quantity: 1, Total: events.Money{Amount: 1000, Currency: "USD"}}}
	if diff := cmp.Diff(want, got.Lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestPlaceOrderRefuses(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(3), m.buyer()
	draft := m.product(3)
	m.exec(`update product set status = 'draft' where id = $1`, draft)
	two := cartOf(events.OrderItem{ProductID: product, Quantity: 2}, events.OrderItem{ProductID: product, Quantity: 2})
	m.refused("out_of_stock", events.PlaceOrder.New(events.NewID(), two).AskedBy(buyer))
	m.refused("product_not_sold", events.PlaceOrder.New(events.NewID(), one(draft)).AskedBy(buyer))
	m.refused("product_not_sold", events.PlaceOrder.New(events.NewID(), one(events.NewID())).AskedBy(buyer))
	m.refused("forbidden", events.PlaceOrder.New(events.NewID(), one(product)).AskedBy(m.clerk))
	m.refused("forbidden", events.PlaceOrder.New(events.NewID(), one(product)).AskedBy(events.Principal{Type: events.Shopper, ID: events.NewID()}))
	order := m.order(buyer, one(product))
	m.refused("already_exists", events.PlaceOrder.New(order, one(product)).AskedBy(buyer))
	m.is(order, product, "placed - 3/1")
}

// A customer who pays for nothing cannot take everything off the shelf: cancelling or paying makes room.
func TestUnpaidOrdersAreLimited(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.store.Limits.Unpaid = 2
	product, buyer := m.product(9), m.buyer()
	first := m.order(buyer, one(product))
	second := m.order(buyer, one(product))
	m.refused("too_many_open_orders", events.PlaceOrder.New(events.NewID(), one(product)).AskedBy(buyer))
	m.order(m.buyer(), one(product)) // somebody else
	m.must(events.CancelOrder.New(first, events.OrderReason{}).AskedBy(buyer))
	third := m.order(buyer, one(product))
	m.refused("too_many_open_orders", events.PlaceOrder.New(events.NewID(), one(product)).AskedBy(buyer))
	for _, order := range []string{second, third} {
		m.must(said(m.pay(buyer, order), events.AuthorizeStep, events.PaymentAuthStatus))
	}
	m.order(buyer, one(product))
}

// A shop is no place to try stolen cards: neither at one order nor at one order after the other, and tomorrow is another day.
func TestDeclinedPaymentsAreLimited(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.store.Limits.Declined = 2
	product, buyer := m.product(9), m.buyer()
	try := func(order string) events.Outgoing {
		return events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_chargeDeclined"}).AskedBy(buyer)
	}
	decline := func(order string, times int) {
		for range times {
			m.must(said(m.pay(buyer, order), events.AuthorizeStep, events.PaymentDeclinedStatus))
		}
	}
	first := m.order(buyer, one(product))
	decline(first, 2)
	m.refused("too_many_declined_payments", try(first))
	second, third := m.order(buyer, one(product)), m.order(buyer, one(product))
	decline(second, 2)
	decline(third, 2)
	last := m.order(buyer, one(product))
	m.refused("too_many_declined_payments", try(last))
	other := m.buyer()
	m.pay(other, m.order(other, one(product))) // somebody else
	m.exec(`update payment set created_at = created_at - interval '24 hours'`)
	m.refused("too_many_declined_payments", try(third))
	m.must(said(m.pay(buyer, last), events.AuthorizeStep, events.PaymentAuthStatus))
}

// Nor with a new account, a new guest and a new address for each card: what was declined is counted by where it is paid from, and that is forgotten
// when it counts for nothing any more. A confirmed address helps nobody. Whoever has bought a day ago goes on, up to an end; not who has
// just paid, nor who was given all back.
func TestDeclinedPaymentsAreLimitedAtANetwork(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Limits.DeclinedAtNetwork = 2 })
	product := m.product(50)
	try := func(by events.Principal, order, network string) events.Outgoing {
		return events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa", Network: network}).AskedBy(by)
	}
	answered := func(by events.Principal, order, network string, s events.PaymentStatus) {
		start := try(by, order, network)
		m.must(start)
		m.must(said(start.Subject, events.AuthorizeStep, s))
	}
	guest := func() (events.Principal, string) {
		order, by := m.guest(events.NewID()+"@example.com", one(product))
		return by, order
	}
	fresh := func() (events.Principal, string) {
		by := m.buyer()
		return by, m.order(by, one(product))
	}
	bought := func(ago string, refunded bool) (events.Principal, string) {
		by := m.buyer()
		m.exec(`update customer set email_verified = true where id = $1`, by.ID)
		_, payment := m.bought(by, product)
		m.exec(`update payment set created_at = created_at - $2::interval where id = $1`, payment, ago)
		if refunded {
			m.must(events.RefundPayment.New(payment, events.RefundRequest{Reason: events.Said("r")}).AskedBy(m.clerk))
			var refund string
			if err := m.owner.QueryRow(t.Context(), `select id::text from refund where payment_id = $1`, payment).Scan(&refund); err != nil {
				t.Fatal(err)
			}
			m.must(events.RecordPayment.New(payment, events.PaymentAnswer{
				Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: refund, Amount: events.Money{Amount: 1000, Currency: "USD"},
			}))
		}
		return by, m.order(by, one(product))
	}
	proven := func() (events.Principal, string) { return bought("24 hours 1 second", false) }
	from := func(who func() (events.Principal, string), network string, s events.PaymentStatus) {
		by, order := who()
		answered(by, order, network, s)
	}
	const cafe, home, authorized, declined = "a café", "a home", events.PaymentAuthStatus, events.PaymentDeclinedStatus
	from(guest, cafe, authorized)
	from(guest, cafe, declined)
	from(fresh, cafe, declined)
	eve, herOrder := guest()
	m.refused("too_many_declined_payments", try(eve, herOrder, cafe))
	bo, hisOrder := fresh()
	m.refused("too_many_declined_payments", try(bo, hisOrder, cafe))
	paid, its := bought("23 hours 59 minutes", false)
	m.refused("too_many_declined_payments", try(paid, its, cafe))
	refunded, its := bought("48 hours", true)
	m.refused("too_many_declined_payments", try(refunded, its, cafe))
	answered(bo, hisOrder, home, authorized)
	answered(eve, herOrder, "", authorized) // a function of the release before
	from(proven, home, declined)
	from(proven, cafe, declined)
	for range 3 {
		from(proven, cafe, declined)
	}
	ada, lastOrder := proven()
	m.refused("too_many_declined_payments", try(ada, lastOrder, cafe))
	m.exec(`update payment set created_at = created_at - interval '24 hours'`)
	answered(ada, lastOrder, cafe, authorized)

	m.exec(`update payment set created_at = created_at - interval '1 hour 1 minute' where status = 'declined'`)
	m.exec(strings.ReplaceAll(forgetNetworks, "$1", "100"))
	var known int
	if err := m.owner.QueryRow(t.Context(), `select count(*) from payment where network <> ''`).Scan(&known); err != nil || known != 3 {
		t.Errorf("%v, and of %d payments it is known where they come from; of three that are not over it may be", err, known)
	}
}

func TestTwoHundredBuyersOneUnit(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, other := m.product(1), m.replica(func(o *inbox.Options) { o.Limits = m.store.Limits })
	buyers := make([]events.Envelope, 200)
	for i, by := range slices.Repeat([]events.Principal{m.buyer(), m.buyer(), m.buyer(), m.buyer()}, 50) {
		buyers[i] = m.command(events.PlaceOrder.New(events.NewID(), one(product)).AskedBy(by))
	}
	got := tally(atOnce(len(buyers), func(i int) string {
		s := []*inbox.Store{m.store, other}[i%2]
		if err := s.Apply(t.Context(), buyers[i]); err != nil {
			return err.Error()
		}
		return code(m.outcome(s, buyers[i]))
	}))
	if diff := cmp.Diff(map[string]int{"": 1, "out_of_stock": 199}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDeclinedThenTriedAgain(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order := m.order(buyer, one(product))
	first := m.pay(buyer, order)
	m.refused("payment_in_progress", events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer))
	m.must(said(first, events.AuthorizeStep, events.PaymentDeclinedStatus))
	m.is(order, product, "placed declined 1/1")
	second := m.pay(buyer, order)
	m.must(said(second, events.AuthorizeStep, events.PaymentAuthStatus))
	m.must(said(second, events.CaptureStep, events.PaymentDeclinedStatus))
	m.is(order, product, "placed declined,declined 1/1")
	third := m.pay(buyer, order)
	m.must(said(third, events.AuthorizeStep, events.PaymentUnknownStatus))
	m.must(said(third, events.CaptureStep, events.PaymentCapturedStatus))
	m.is(order, product, "paid declined,declined,captured 1/1")
}

func TestThreeDSecureAbandoned(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order := m.order(buyer, one(product))
	payment := m.pay(buyer, order)
	m.must(said(payment, events.AuthorizeStep, events.PaymentActionStatus))
	m.must(expire(order))
	m.is(order, product, "placed requires_action:authorize 1/1") // not due yet
	m.elapse(order)
	m.must(expire(order))
	m.is(order, product, "expired requires_action:void 1/0")
	m.must(said(payment, events.AuthorizeStep, events.PaymentAuthStatus)) // the customer came back after all
	m.is(order, product, "expired authorized:void 1/0")
	m.must(said(payment, events.VoidStep, events.PaymentVoidedStatus))
	m.is(order, product, "expired voided 1/0")
	if n := m.told(events.PaymentVoidRequested, payment); n != 2 {
		t.Errorf("the provider was to be told %d times, want 2", n)
	}
}

// Whoever cannot or will not prove to their bank who they are gives the payment up, and pays anew once the provider has let it go; nobody else can.
func TestThreeDSecureGivenUp(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order := m.order(buyer, one(product))
	first := m.pay(buyer, order)
	giveUp := func(by events.Principal) events.Outgoing {
		return events.CancelPayment.New(first, events.PaymentCancellation{}).AskedBy(by).WithID(events.NewID(), "")
	}
	another := func() events.Outgoing {
		return events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer)
	}
	m.refused("payment_not_cancellable", giveUp(buyer)) // the provider is about to say
	m.must(said(first, events.AuthorizeStep, events.PaymentActionStatus))
	m.refused("payment_in_progress", another())
	m.refused("not_found", giveUp(m.buyer()))
	m.refused("not_found", events.CancelPayment.New(events.NewID(), events.PaymentCancellation{}).AskedBy(buyer))
	m.must(giveUp(buyer))
	m.must(giveUp(buyer))
	m.is(order, product, "placed requires_action:void 1/1")
	if n := m.told(events.PaymentVoidRequested, first); n != 1 {
		t.Errorf("the provider was to be told %d times, want once", n)
	}
	m.refused("payment_in_progress", another()) // nobody knows yet that it is given up
	m.must(said(first, events.VoidStep, events.PaymentVoidedStatus))
	m.store.Limits.Declined = 1
	m.refused("too_many_declined_payments", another()) // that it was given up tells of a card, too
	m.store.Limits.Declined = 2
	second := m.pay(buyer, order)
	m.must(said(second, events.AuthorizeStep, events.PaymentAuthStatus))
	m.must(said(second, events.CaptureStep, events.PaymentCapturedStatus))
	m.is(order, product, "paid voided,captured 1/1")
	m.must(said(first, events.AuthorizeStep, events.PaymentCapturedStatus)) // taken all the same: it goes back
	if n := m.told(events.PaymentRefundRequested, first); n != 1 {
		t.Errorf("what was taken twice goes back %d times", n)
	}
}

func TestMoneyMayBeComing(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order := m.order(buyer, one(product))
	payment := m.pay(buyer, order)
	m.must(said(payment, events.AuthorizeStep, events.PaymentUnknownStatus))
	m.elapse(order)
	m.must(expire(order))
	m.is(order, product, "placed unknown:authorize 1/1")
	m.must(said(payment, events.AuthorizeStep, events.PaymentDeclinedStatus))
	m.must(expire(order))
	m.is(order, product, "expired declined 1/0")
	m.refused("order_not_payable", events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer))
}

// What was asked for in time is in time, however long the command was on its way: after a restore it comes from the topic once more.
func TestAPaymentThatWasAskedForInTimeBegins(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(2), m.buyer()
	order := m.order(buyer, one(product))
	m.exec(`update orders set pay_by = now() - interval '1 hour', expires_at = now() - interval '50 minutes' where id = $1`, order)
	pay := func(ago time.Duration) string {
		wish := events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer)
		e, err := bus.Stamp(m.keys, events.Payment, events.Cause{Correlation: events.NewID()}, time.Now().Add(-ago), wish)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.store.Apply(t.Context(), e[0]); err != nil {
			t.Fatal(err)
		}
		return code(m.outcome(m.store, e[0]))
	}
	got := []string{pay(0), pay(-2 * time.Hour), pay(59 * time.Minute), pay(61 * time.Minute)}
	if diff := cmp.Diff([]string{"order_not_payable", "order_not_payable", "order_not_payable", ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCapturedAfterTheOrderWasCancelled(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order := m.order(buyer, one(product))
	payment := m.pay(buyer, order)
	m.must(events.CancelOrder.New(order, events.OrderReason{Reason: events.Said("changed my mind")}).AskedBy(buyer))
	m.is(order, product, "cancelled started:authorize 1/0")
	m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	m.is(order, product, "cancelled captured 1/0")
	var refund string
	if err := m.owner.QueryRow(t.Context(), `select id::text from refund where payment_id = $1 and amount = 1000`, payment).Scan(&refund); err != nil {
		t.Fatal(err)
	}
	back := events.PaymentAnswer{Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: refund, Amount: events.Money{Amount: 1000, Currency: "USD"}}
	m.must(events.RecordPayment.New(payment, back))
	m.is(order, product, "cancelled refunded 1/0")
	m.rests()
}

func TestCancelAPaidOrder(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(2), m.buyer()
	order, payment := m.bought(buyer, product)
	m.is(order, product, "paid captured 1/0")
	cancel := events.CancelOrder.New(order, events.OrderReason{Reason: events.Said("broken")})
	m.refused("not_found", cancel.AskedBy(m.buyer()))
	m.refused("order_not_cancellable", cancel.AskedBy(buyer))
	m.must(cancel.AskedBy(m.clerk))
	restock := events.RestockOrder.New(order, events.OrderStock{OrderID: order})
	m.must(restock)
	m.must(restock)
	m.is(order, product, "cancelled captured 2/0")
	if n := m.told(events.PaymentRefundRequested, payment); n != 1 {
		t.Errorf("refund requested %d times", n)
	}
	m.refused("payment_not_refundable", events.RefundPayment.New(payment, events.RefundRequest{Reason: events.Said("again")}).AskedBy(m.clerk))
}

func TestALateCommitTakesNothing(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(2), m.buyer()
	order := m.order(buyer, one(product))
	payment := m.pay(buyer, order)
	m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	m.must(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(m.clerk))
	m.must(events.CommitStock.New(order, events.OrderStock{OrderID: order}))
	m.must(events.RestockOrder.New(order, events.OrderStock{OrderID: order}))
	m.is(order, product, "cancelled captured 2/0")
}

func TestAmountMismatchFailsLoudly(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order := m.order(buyer, one(product))
	payment := m.pay(buyer, order)
	a := events.PaymentAnswer{Step: events.AuthorizeStep, Status: events.PaymentAuthStatus, ProviderRef: "pi_1", Amount: events.Money{Amount: 999, Currency: "USD"}}
	if s := m.do(events.RecordPayment.New(payment, a)); s.Type != events.Failed("payment").Type() {
		t.Errorf("a smaller amount ends in %s", s.Type)
	}
	m.is(order, product, "placed started:authorize 1/1")
}

// What the provider gave back because it had answered with another amount is taken down once, whether the payment was captured by then or not,
// and staff see why.
func TestWhatWasGivenBackUnasked(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(2), m.buyer()
	order, payment := m.bought(buyer, product)
	back := func(payment string) events.OperationState {
		p := domain.Payment{Meta: events.Meta{ID: payment}}
		return m.must(events.RecordPayment.New(payment, events.PaymentAnswer{
			Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: p.MismatchRefundID(), Amount: events.Money{Amount: 1000, Currency: "USD"},
		}))
	}
	for i, want := range []string{events.PaymentRefunded.Type(), events.PaymentUnchanged.Type()} {
		if got := back(payment).Type; got != want {
			t.Errorf("told %d times: %s, want %s", i+1, got, want)
		}
	}
	m.is(order, product, "paid refunded 1/0")
	p, err := getPayment(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: payment}})
	if p = opened(m.bench, events.PaymentCaptured, p); err != nil || len(p.Refunds) != 1 || p.Refunds[0].Status != events.RefundDoneStatus || p.Refunds[0].Reason.Plaintext() == "" {
		t.Errorf("%v: %+v", err, p.Refunds)
	}
	other := m.order(buyer, one(product))
	declined := m.pay(buyer, other)
	m.must(said(declined, events.AuthorizeStep, events.PaymentDeclinedStatus))
	if got := back(declined).Type; got != events.PaymentUnchanged.Type() {
		t.Errorf("of a payment that nothing was taken of: %s", got)
	}
}

// Money that was given back and that the bank does not take is told, is in the ledger, and can be given anew.
func TestARefundThatComesBack(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order, payment := m.bought(buyer, product)
	all := events.RefundPayment.New(payment, events.RefundRequest{Reason: events.Said("r")}).AskedBy(m.clerk)
	newest := func() (id string) {
		if err := m.owner.QueryRow(t.Context(), `select id::text from refund where payment_id = $1 order by position desc limit 1`, payment).Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	hear := func(refund string, status events.PaymentStatus) string {
		return m.must(events.RecordPayment.New(payment, events.PaymentAnswer{
			Step: events.RefundStep, Status: status, RefundID: refund, Amount: events.Money{Amount: 1000, Currency: "USD"},
		})).Type
	}
	m.must(all)
	first := newest()
	var told []string
	for _, status := range []events.PaymentStatus{events.PaymentUnknownStatus, events.PaymentRefundedStatus, events.PaymentDeclinedStatus, events.PaymentRefundedStatus} {
		told = append(told, hear(first, status))
	}
	if diff := cmp.Diff([]string{events.PaymentUnknown.Type(), events.PaymentRefunded.Type(), events.PaymentRefundFailed.Type(), events.PaymentUnchanged.Type()}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	m.is(order, product, "paid captured 0/0")
	m.must(all)
	if got := hear(newest(), events.PaymentRefundedStatus); got != events.PaymentRefunded.Type() {
		t.Errorf("given anew: %s", got)
	}
	m.is(order, product, "paid refunded 0/0")
	if n := m.count(`select count(*) from payment_ledger where step = 'refund_bounced' and amount = 1000`); n != 1 {
		t.Errorf("%d entries of money that came back", n)
	}
}

func TestRefunds(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order, payment := m.bought(buyer, product)
	ask := func(amount int64) events.Outgoing {
		return events.RefundPayment.New(payment, events.RefundRequest{Amount: events.Money{Amount: amount, Currency: "USD"}, Reason: events.Said("r")}).AskedBy(m.clerk)
	}
	m.refused("refund_too_large", ask(1001))
	m.refused("invalid", ask(0)) // which is not "all of it"
	m.refused("invalid", events.RefundPayment.New(payment, events.RefundRequest{Amount: events.Money{Amount: 400, Currency: "EUR"}, Reason: events.Said("r")}).AskedBy(m.clerk))
	m.refused("forbidden", events.RefundPayment.New(payment, events.RefundRequest{Reason: events.Said("r")}).AskedBy(buyer))
	codes := tally(atOnce(10, func(int) string { return code(m.do(ask(400))) }))
	if diff := cmp.Diff(map[string]int{"": 2, "refund_too_large": 8}, codes); diff != "" {
		t.Errorf("ten refunds of 400 from 1000 (-want +got):\n%s", diff)
	}
	m.is(order, product, "paid captured 0/0")
}

func TestNobodyElsesOrder(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer, stranger := m.product(1), m.buyer(), m.buyer()
	order := m.order(buyer, one(product))
	payment := m.pay(buyer, order)
	m.refused("not_found", events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(stranger))
	m.refused("not_found", events.CancelOrder.New(order, events.OrderReason{}).AskedBy(stranger))
	lookup := func(id string) events.Received[events.OwnedLookup] {
		return events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: id, CustomerID: stranger.ID}}
	}
	if _, err := getOrder(t.Context(), m.store, lookup(order)); code(events.OperationState{Problem: problemIn(err)}) != "not_found" {
		t.Errorf("read the order: %v", err)
	}
	if _, err := getPayment(t.Context(), m.store, lookup(payment)); code(events.OperationState{Problem: problemIn(err)}) != "not_found" {
		t.Errorf("read the payment: %v", err)
	}
	page, err := listOrders(t.Context(), m.store, events.Received[events.OrderFilter]{Data: events.OrderFilter{CustomerID: stranger.ID}})
	if err != nil || len(page.Items) != 0 {
		t.Errorf("list: %v, %v", page.Items, err)
	}
}

// A payment begins when it is asked for, whenever the command comes; a sender whose clock is ahead gains nothing by it.
func TestAPaymentIsAsOldAsTheWishToPay(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(2), m.buyer()
	for _, age := range []time.Duration{48 * time.Hour, -time.Hour} {
		id, now := events.NewID(), time.Now()
		wish := events.StartPayment.New(id, events.PaymentRequest{OrderID: m.order(buyer, one(product)), PaymentMethod: "pm_card_visa"}).AskedBy(buyer)
		e, err := bus.Stamp(m.keys, events.Payment, events.Cause{Correlation: events.NewID()}, now.Add(-age), wish)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.store.Apply(t.Context(), e[0]); err != nil {
			t.Fatal(err)
		}
		p, err := getPayment(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: id}})
		if want := now.Add(-max(age, 0)); err != nil || p.CreatedAt.Sub(want).Abs() > time.Minute || p.UpdatedAt.Sub(now).Abs() > time.Minute {
			t.Errorf("asked for %s ago: begun at %s, want %s; changed at %s; %v", age, p.CreatedAt, want, p.UpdatedAt, err)
		}
	}
}

// Where a buyer comes back to is kept as long as the provider may have to be asked again, which takes the very same words, and no longer.
func TestAPaymentKnowsWhereItsBuyerComesBackToUntilTheProviderHasIt(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer, id := m.product(1), m.buyer(), events.NewID()
	const page = "https://shop.example/paid"
	m.must(events.StartPayment.New(id, events.PaymentRequest{OrderID: m.order(buyer, one(product)), PaymentMethod: "pm_card_visa", ReturnURL: page}).AskedBy(buyer)) // as the release before says it
	for _, c := range []struct {
		status events.PaymentStatus
		want   string
	}{{"", page}, {events.PaymentUnknownStatus, page}, {events.PaymentActionStatus, ""}} {
		if c.status != "" {
			m.must(said(id, events.AuthorizeStep, c.status))
		}
		if p, err := getPayment(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: id}}); err != nil || clearOf(m, p.ReturnPage) != c.want || p.ReturnURL != "" {
			t.Errorf("after %q: %q, want %q, %v", c.status, clearOf(m, p.ReturnPage), c.want, err)
		}
	}
}

// clearOf is a personal value in clear.
func clearOf(m *market, p events.Personal) string {
	m.t.Helper()
	if err := m.allKeys().Decrypt(&p); err != nil {
		m.t.Fatal(err)
	}
	return p.Plaintext()
}
