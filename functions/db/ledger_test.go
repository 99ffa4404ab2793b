package db

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
)

// What no rule of ours lets happen, Postgres refuses too: to the owner of the tables, and to db's own role.
func TestPostgresRefuses(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(2), m.buyer()
	order, payment := m.bought(buyer, product)
	app, err := pgx.Connect(t.Context(), m.database.App)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close(t.Context()) })
	for _, c := range []struct {
		as  *pgx.Conn
		sql string
	}{
		{m.owner, `update stock set reserved = on_hand + 1`},
		{app, `update stock set reserved = on_hand + 1`},
		{app, `update stock set reserved = -1`},
		{m.owner, `update stock_ledger set on_hand_delta = 5`},
		{app, `update stock_ledger set on_hand_delta = 5`},
		{m.owner, `delete from stock_ledger`},
		{app, `delete from stock_ledger`},
		{m.owner, `truncate stock_ledger`},
		{m.owner, `update payment_ledger set amount = 5`},
		{app, `delete from payment_ledger`},
		{m.owner, `delete from order_history`},
		{app, `update order_line set amount = 1`},
		{app, `update orders set amount = 1`},
		{app, `update payment set amount = 1`},
		{app, `update payment set refunded = captured + 1`},
		{app, `delete from orders`},
		{app, `insert into stock_ledger (product_id, version, on_hand_delta, reserved_delta, reason, order_id, by_type, by_id, at)
			select product_id, 99, -1, -1, 'committed', order_id, '', '', now() from stock_ledger where reason = 'committed'`},
		{app, `insert into payment_ledger (payment_id, step, amount, currency, at) select payment_id, step, amount, currency, now() from payment_ledger`},
	} {
		if _, err := c.as.Exec(t.Context(), c.sql); err == nil {
			t.Errorf("%s is let through", c.sql)
		}
	}
	m.is(order, product, "paid captured 1/0")
	_ = payment
}

// The invariants notice what they are for.
func TestInvariantsHaveTeeth(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(2), m.buyer()
	order := m.order(buyer, one(product))
	for _, c := range []struct{ harm, mend string }{
		{`update stock set on_hand = on_hand + 1`, `update stock set on_hand = on_hand - 1`},
		{`update stock set reserved = 0`, `update stock set reserved = 1`},
		{`update orders set status = 'paid'`, `update orders set status = 'placed'`},
		{`update orders set version = 2`, `update orders set version = 1`},
		{`update stock set version = 9`, `update stock set version = 3`},
	} {
		m.exec(c.harm)
		if len(dbtest.Invariants(t.Context(), m.owner)) == 0 {
			t.Errorf("nobody notices %s", c.harm)
		}
		m.exec(c.mend)
	}
	m.is(order, product, "placed - 2/1")
}

func TestAdjustStock(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(3), m.buyer()
	m.order(buyer, cartOf(events.OrderItem{ProductID: product, Quantity: 2}))
	m.refused("stock_below_reserved", events.AdjustStock.New(product, events.StockAdjustment{Delta: -2, Reason: events.StockLost}))
	m.refused("not_found", events.AdjustStock.New(events.NewID(), events.StockAdjustment{Delta: 1, Reason: events.StockReceived}))
	m.refused("forbidden", events.AdjustStock.New(product, events.StockAdjustment{Delta: 1, Reason: events.StockReceived}).AskedBy(buyer))
	m.must(events.AdjustStock.New(product, events.StockAdjustment{Delta: -1, Reason: events.StockLost, Note: events.Said("dropped")}))
	want := events.ListedStock{StockState: events.StockState{ProductID: product, OnHand: 2, Reserved: 2, Version: 4}, SKU: "M-" + product[24:], Name: "Mug"}
	got, err := getStock(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: product, MinVersion: 4}})
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	low, err := listStock(t.Context(), m.store, events.Received[events.StockFilter]{Data: events.StockFilter{Low: true}})
	if err != nil || len(low.Items) != 1 {
		t.Errorf("low: %+v, %v", low, err)
	}
	filter := events.MovementFilter{ProductID: product, Paging: events.Paging{Limit: 2}}
	var reasons []events.StockReason
	for {
		page, err := listMovements(t.Context(), m.store, events.Received[events.MovementFilter]{Data: filter})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Items {
			reasons = append(reasons, i.Reason)
		}
		if filter.Cursor = page.NextCursor; filter.Cursor == "" {
			break
		}
	}
	never := m.product(0)
	if page, err := listMovements(t.Context(), m.store, events.Received[events.MovementFilter]{Data: events.MovementFilter{ProductID: never}}); err != nil || len(page.Items) != 0 {
		t.Errorf("nothing was moved: %+v, %v", page, err)
	}
	_, err = listMovements(t.Context(), m.store, events.Received[events.MovementFilter]{Data: events.MovementFilter{ProductID: events.NewID()}})
	if problem, is := errors.AsType[*events.Problem](err); !is || problem.Status != http.StatusNotFound {
		t.Errorf("no such product: %v", err)
	}
	if len(reasons) != 3 || reasons[0] != events.StockLost || reasons[2] != events.StockReceived {
		t.Errorf("the ledger, newest first: %v", reasons)
	}
}

func TestDeadlinesOfAPurchase(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order := m.order(buyer, one(product))
	payment := m.pay(buyer, order)
	past := func() { m.exec(`update deadline set due_at = now() - interval '1 second'`) }
	past()
	m.eventually("both are told", func() bool {
		return m.told(events.OrderDue, order) == 1 && m.told(events.PaymentDue, payment) == 1
	})
	if n := m.count(`select count(*) from deadline where fired_at is null and due_at > now() + interval '10 seconds'`); n != 2 {
		t.Errorf("%d deadlines come again, want 2: the reminder may be lost", n)
	}
	past()
	m.eventually("both are told again", func() bool {
		return m.told(events.OrderDue, order) == 2 && m.told(events.PaymentDue, payment) == 2
	})
}

func TestAMailIsSentByOne(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order, _ := m.bought(buyer, product)
	mail := events.DeriveID("notification", "order_confirmation", order)
	claim := func(token string, again bool) events.Outgoing {
		return events.ClaimNotification.New(mail, events.NotificationClaim{
			Kind: events.OrderConfirmation, CustomerID: buyer.ID, OrderID: order, Token: token, LeaseSeconds: 60, Again: again,
		})
	}
	codes := tally(atOnce(8, func(int) string { return code(m.do(claim(events.NewID(), false))) }))
	if codes[""] != 1 || codes["in_progress"] != 7 {
		t.Errorf("eight claim at once: %v", codes)
	}
	m.exec(`update notification set lease_until = now() - interval '1 second'`)
	m.exec(`update deadline set due_at = now() - interval '1 second' where kind = 'notification'`)
	m.eventually("the lapsed lease is told", func() bool { return m.told(events.NotificationDue, mail) == 1 })
	m.must(claim("mine", false))
	m.refused("lease_lost", events.RecordNotification.New(mail, events.NotificationResult{Status: events.NotificationSent, Token: "theirs"}))
	m.must(events.RecordNotification.New(mail, events.NotificationResult{Status: events.NotificationSent, Token: "mine"}))
	m.refused("already_sent", claim("late", false))
	m.refused("forbidden", claim("again", true).AskedBy(buyer))
	m.must(claim("again", true).AskedBy(m.clerk))
	got, err := getNotification(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: mail}})
	if err != nil || got.Attempts != 3 || got.MessageID != mail+"@onlinemart.example" || got.To.Ciphertext() == "" || got.LeaseUntil.Before(time.Now()) {
		t.Errorf("got %+v, %v", got, err)
	}
	m.must(events.DeleteCustomer.New(buyer.ID, events.Deletion{ExpectedVersion: 1}).AskedBy(buyer))
	m.refused("erased", claim("for nobody", true).AskedBy(m.clerk))
	m.refused("not_found", events.ClaimNotification.New(events.NewID(), events.NotificationClaim{Kind: events.WelcomeMail, CustomerID: events.NewID(), Token: "t", LeaseSeconds: 60}))
}

// A mail's claim outlives the inbox: whatever asks for the mail again in a month, or for the same claim, is told that it is sent.
func TestAMailIsNotSentAgainWhenTheInboxHasForgotten(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order, _ := m.bought(buyer, product)
	for kind, ends := range map[events.NotificationKind]events.NotificationStatus{
		events.OrderConfirmation: events.NotificationSent, events.OrderCancellation: events.NotificationSent, events.RefundNotice: events.NotificationSent,
		events.WelcomeMail: events.NotificationFailed,
	} {
		mail := events.DeriveID("notification", string(kind), order)
		claim := func(token string) events.Outgoing {
			return events.ClaimNotification.New(mail, events.NotificationClaim{Kind: kind, CustomerID: buyer.ID, OrderID: order, Token: token, LeaseSeconds: 60})
		}
		token := events.NewID()
		m.must(claim(token))
		m.must(events.RecordNotification.New(mail, events.NotificationResult{Status: ends, Token: token}))
		m.exec(`delete from inbox`)
		m.refused("already_sent", claim(token))
		m.refused("already_sent", claim(events.NewID()))
	}
}

// The event that asks for a confirmation may come after its order was cancelled, and after the mail about that. What a sender has begun
// goes out: it may be with the customer already.
func TestNoConfirmationIsBegunOfAnOrderThatIsNoneToConfirm(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(3), m.buyer()
	placed := m.order(buyer, one(product))
	begun, _ := m.bought(buyer, product)
	cancelled, _ := m.bought(buyer, product)
	claim := func(kind events.NotificationKind, order string) events.Outgoing {
		return events.ClaimNotification.New(events.DeriveID("notification", string(kind), order), events.NotificationClaim{
			Kind: kind, CustomerID: buyer.ID, OrderID: order, Token: events.NewID(), LeaseSeconds: 60,
		})
	}
	m.must(claim(events.OrderConfirmation, begun))
	for _, order := range []string{begun, cancelled} {
		m.must(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(m.clerk))
	}
	m.exec(`update notification set lease_until = now() - interval '1 second'`)
	for order, want := range map[string]string{placed: "order_state", cancelled: "order_state", events.NewID(): "order_state", begun: ""} {
		if got := code(m.do(claim(events.OrderConfirmation, order))); got != want {
			t.Errorf("the confirmation of %s: %q, want %q", order, got, want)
		}
	}
	m.must(claim(events.OrderCancellation, cancelled))
}

// Whatever an order that was paid for has become since, its confirmation is still due.
func TestAnOrderThatCameBackIsConfirmedAllTheSame(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	order, _ := m.delivered(buyer, product, 1)
	back := m.returns(buyer, order, product, 1)
	m.must(events.ApproveReturn.New(order, events.ReturnDecision{ReturnID: back}).AskedBy(m.clerk))
	m.must(m.receives(order, back, product, 1, true))
	m.must(events.ClaimNotification.New(events.DeriveID("notification", string(events.OrderConfirmation), order), events.NotificationClaim{
		Kind: events.OrderConfirmation, CustomerID: buyer.ID, OrderID: order, Token: events.NewID(), LeaseSeconds: 60,
	}))
}

// A mail to a member of staff is theirs: no customer's, whatever the id.
func TestAMailToStaff(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	mail := events.NewID()
	claim := events.NotificationClaim{Kind: events.LoginWarning, UserID: m.clerk.ID, Token: "t", LeaseSeconds: 60}
	m.must(events.ClaimNotification.New(mail, claim))
	m.must(events.RecordNotification.New(mail, events.NotificationResult{Status: events.NotificationSent, Token: "t"}))
	got, err := getNotification(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: mail}})
	if err != nil || got.UserID != m.clerk.ID || got.CustomerID != "" || got.To.Ciphertext() == "" || got.Status != events.NotificationSent {
		t.Errorf("got %+v, %v", got, err)
	}
	for customer, want := range map[string]int{"": 1, m.clerk.ID: 0} {
		page, err := listNotifications(t.Context(), m.store, events.Received[events.NotificationFilter]{Data: events.NotificationFilter{CustomerID: customer, Paging: events.Paging{Limit: 5}}})
		if err != nil || len(page.Items) != want {
			t.Errorf("of customer %q: %+v, %v", customer, page.Items, err)
		}
	}
	claim.UserID, claim.CustomerID = "", m.clerk.ID
	m.refused("not_found", events.ClaimNotification.New(events.NewID(), claim))
	claim.UserID, claim.CustomerID = m.buyer().ID, ""
	m.refused("not_found", events.ClaimNotification.New(events.NewID(), claim))
}
