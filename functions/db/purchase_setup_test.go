package db

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// market is a db with customers, a clerk and products to buy.
type market struct {
	*bench
	owner *pgx.Conn
	clerk events.Principal
}

func newMarket(t testing.TB, changes ...func(*inbox.Options)) *market {
	t.Helper()
	m := &market{bench: setup(t, append([]func(*inbox.Options){func(o *inbox.Options) {
		o.Limits = domain.Limits{PayWithin: 15 * time.Minute, PayGrace: 10 * time.Minute, CartLife: 30 * 24 * time.Hour, CartAbandoned: time.Hour}
	}}, changes...)...)}
	m.owner = m.asOwner()
	clerk := events.NewID()
	m.exec(`insert into staff (id, created_at, updated_at, email, email_cipher, name, roles) values ($1, now(), now(), $2, 'c', 'n', '{orders}')`, clerk, clerk+"@example.com")
	m.clerk = events.Principal{Type: events.Staff, ID: clerk}
	t.Cleanup(func() {
		for _, broken := range dbtest.Invariants(context.Background(), m.owner) {
			t.Error(broken)
		}
	})
	return m
}

func (m *market) exec(sql string, args ...any) {
	m.t.Helper()
	if _, err := m.owner.Exec(m.t.Context(), sql, args...); err != nil {
		m.t.Fatal(err)
	}
}

// buyer is a customer with an account.
func (m *market) buyer() events.Principal {
	m.t.Helper()
	id := events.NewID()
	email, name := events.NewPersonal("b@example.com"), events.NewPersonal("Bo Buyer")
	if err := m.keys.Encrypt(&email); err != nil {
		m.t.Fatal(err)
	}
	if err := m.keys.Encrypt(&name); err != nil {
		m.t.Fatal(err)
	}
	m.exec(`insert into customer (id, created_at, updated_at, email, email_cipher, name, password_hash) values ($1, now(), now(), $2, $3, $4, 'h')`,
		id, id+"@example.com", email, name)
	return events.Principal{Type: events.Shopper, ID: id}
}

// product is one for sale at 10.00, with so many on the shelf.
func (m *market) product(onHand int64) string {
	m.t.Helper()
	id := events.NewID()
	m.exec(`insert into product (id, created_at, updated_at, sku, name, amount, currency, status) values ($1, now(), now(), $2, 'Mug', 1000, 'USD', 'published')`, id, "M-"+id[24:])
	m.exec(`insert into stock (product_id, updated_at) values ($1, now()) on conflict do nothing`, id)
	if onHand > 0 {
		m.must(events.AdjustStock.New(id, events.StockAdjustment{Delta: onHand, Reason: events.StockReceived}))
	}
	return id
}

func cartOf(lines ...events.OrderItem) events.Cart {
	return events.Cart{Lines: lines, ShippingAddress: events.PostalAddress{
		Name: events.NewPersonal("Bo"), Line1: events.NewPersonal("Road 1"), City: events.NewPersonal("Town"), PostalCode: events.NewPersonal("95014"), Country: "US",
	}}
}

func one(product string) events.Cart {
	return cartOf(events.OrderItem{ProductID: product, Quantity: 1})
}

// must applies a command that must not be refused, and gives its first result.
func (m *market) must(o events.Outgoing) events.OperationState {
	m.t.Helper()
	s := m.do(o)
	if s.Problem != nil {
		m.t.Fatalf("%s: %v", o.Of().Type(), s.Problem)
	}
	return s
}

// refused applies a command that must be refused with a code.
func (m *market) refused(want string, o events.Outgoing) {
	m.t.Helper()
	if got := code(m.do(o)); got != want {
		m.t.Errorf("%s: refused with %q, want %q", o.Of().Type(), got, want)
	}
}

// order places one.
func (m *market) order(by events.Principal, cart events.Cart) string {
	m.t.Helper()
	id := events.NewID()
	m.must(events.PlaceOrder.New(id, cart).AskedBy(by))
	return id
}

// pay starts a payment.
func (m *market) pay(by events.Principal, order string) string {
	m.t.Helper()
	id := events.NewID()
	m.must(events.StartPayment.New(id, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(by))
	return id
}

// said is what the provider said about the payment of an order of one mug.
func said(payment string, step events.PaymentStep, s events.PaymentStatus) events.Outgoing {
	a := events.PaymentAnswer{Step: step, Status: s, ProviderRef: "pi_" + payment, Amount: events.Money{Amount: 1000, Currency: "USD"}}
	if s == events.PaymentDeclinedStatus {
		a.Failure = &events.PaymentFailure{Code: "card_declined", Message: "The card was declined."}
	}
	return events.RecordPayment.New(payment, a)
}

// bought is an order that is paid and whose stock is committed.
func (m *market) bought(by events.Principal, product string) (order, payment string) {
	m.t.Helper()
	order = m.order(by, one(product))
	payment = m.pay(by, order)
	m.must(said(payment, events.AuthorizeStep, events.PaymentAuthStatus))
	m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	m.must(events.CommitStock.New(order, events.OrderStock{OrderID: order}))
	return order, payment
}

// elapse lets the time to pay an order pass.
func (m *market) elapse(order string) {
	m.t.Helper()
	m.exec(`update orders set pay_by = now() - interval '1 minute', expires_at = now() - interval '1 second' where id = $1`, order)
}

func expire(order string) events.Outgoing {
	return events.ExpireOrder.New(order, events.OrderDeadline{DueAt: time.Now().UTC()})
}

// state is an order's and its payments' states and the product's stock, in short.
func (m *market) state(order, product string) string {
	m.t.Helper()
	var text string
	err := m.owner.QueryRow(m.t.Context(), `
		select format('%s %s %s/%s', o.status, coalesce((select string_agg(p.status || case p.step when '' then '' else ':' || p.step end, ',' order by p.created_at, p.id)
			from payment p where p.order_id = o.id), '-'), s.on_hand, s.reserved)
		from orders o, stock s where o.id = $1 and s.product_id = $2`, order, product).Scan(&text)
	if err != nil {
		m.t.Fatal(err)
	}
	return text
}

func (m *market) is(order, product, want string) {
	m.t.Helper()
	if got := m.state(order, product); got != want {
		m.t.Errorf("it is %q, want %q", got, want)
	}
}

// told counts the published events of a type about a subject.
func (m *market) told(of events.Declared, subject string) (n int) {
	m.kafka.mu.Lock()
	defer m.kafka.mu.Unlock()
	seen := map[string]bool{}
	for _, e := range m.kafka.records {
		if e.Type == of.Type() && e.Subject == subject && !seen[e.ID] {
			seen[e.ID] = true
			n++
		}
	}
	return n
}

// atOnce runs n calls at the same moment and gives what each returned.
func atOnce[T any](n int, call func(i int) T) []T {
	var wg sync.WaitGroup
	results := make([]T, n)
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			results[i] = call(i)
		})
	}
	close(start)
	wg.Wait()
	return results
}

// tally counts equal values.
func tally[T comparable](all []T) map[T]int {
	counts := map[T]int{}
	for _, v := range all {
		counts[v]++
	}
	return counts
}

// rests waits until everything that was begun has come to its end.
func (m *market) rests() {
	m.t.Helper()
	m.eventually("everything comes to its end", func() bool { return len(dbtest.AtRest(m.t.Context(), m.owner)) == 0 })
}
