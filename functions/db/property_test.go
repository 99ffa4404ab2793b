package db

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// world is the same mart three times: in memory, on Postgres where each command is a batch, and on Postgres where some share one.
type world struct {
	memory         *domain.Rows
	singly, shared *market
	clerk, buyer   events.Principal
	now            time.Time
	seen           map[string]bool // commands by id
	things
}

// things are what commands are about; each is a few ids, so that commands meet.
type things struct{ orders, payments, products, brands, categories, goods []string }

func newWorld(t *testing.T) *world {
	w := &world{singly: newMarket(t), shared: newMarket(t), now: time.Now().UTC().Truncate(time.Microsecond)}
	w.clerk = w.singly.clerk
	for _, m := range []*market{w.singly, w.shared} {
		m.store.Now = func() time.Time { return w.now }
		m.store.Limits.Unpaid = 2
	}
	w.copyRow("staff", w.clerk.ID)
	return w
}

// copyRow gives a row of the one database to the other.
func (w *world) copyRow(table, id string) {
	var row string
	if err := w.singly.owner.QueryRow(w.singly.t.Context(), `select row_to_json(x)::text from `+table+` x where id = $1`, id).Scan(&row); err != nil {
		w.singly.t.Fatal(err)
	}
	w.shared.exec(`insert into `+table+` select * from json_populate_record(null::`+table+`, $1::json)`, row)
}

// begin makes things that nobody has heard of yet, with two products for sale and somebody to buy them.
func (w *world) begin(t *testing.T) {
	ids := func(n int) (all []string) {
		for range n {
			all = append(all, events.NewID())
		}
		return all
	}
	w.memory, w.seen, w.things = domain.NewMart(), map[string]bool{}, things{ids(4), ids(4), ids(2), ids(3), ids(4), ids(3)}
	w.buyer = w.singly.buyer()
	w.copyRow("customer", w.buyer.ID)
	for _, o := range w.products {
		f := productNamed("M-"+o[24:], "Mug", 1000)
		for _, group := range [][]events.Outgoing{{events.CreateProduct.New(o, f)}, {events.AdjustStock.New(o, events.StockAdjustment{Delta: 5, Reason: events.StockReceived})}} {
			w.carry(t, group, []int{1})
		}
	}
	customer, err := pgx.CollectExactlyOneRow(must(w.singly.store.Reads.Query(t.Context(), `select `+customerColumns+`, email, password_hash, deleted_at from customer where id = $1`, w.buyer.ID)), scanStoredCustomer)
	if err != nil {
		t.Fatal(err)
	}
	domain.CustomerRows.Load(w.memory, customer.ID, customer)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// command draws any command that could come, likely or not.
func (w *world) command(t *rapid.T) events.Outgoing {
	pick := func(name string, of []string) string { return rapid.SampledFrom(of).Draw(t, name) }
	order, payment, product := pick("order", w.orders), pick("payment", w.payments), pick("product", w.products)
	slug := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "slug") + w.brands[0]
	version := rapid.Int64Range(1, 3).Draw(t, "version")
	usd := func(amount int64) events.Money { return events.Money{Amount: amount, Currency: "USD"} }
	refund := events.RefundPayment.New(payment, events.RefundRequest{Amount: usd(400), Reason: events.Said("r")}).AskedBy(w.clerk).WithID("refund of "+payment, "")
	status := rapid.SampledFrom([]events.PaymentStatus{
		events.PaymentAuthStatus, events.PaymentAuthStatus, events.PaymentCapturedStatus, events.PaymentCapturedStatus, events.PaymentDeclinedStatus,
		events.PaymentActionStatus, events.PaymentVoidedStatus, events.PaymentUnknownStatus,
	}).Draw(t, "status")
	step := rapid.SampledFrom([]events.PaymentStep{events.AuthorizeStep, events.CaptureStep, events.VoidStep}).Draw(t, "step")
	brand, category, parent := pick("brand", w.brands), pick("category", w.categories), pick("parent", append([]string{""}, w.categories...))
	goods := productNamed("G-"+slug[:1]+slug[len(slug)-12:], "Good", 500) // an id begins with its time, which it shares with others
	goods.BrandID, goods.CategoryID = pick("brand of it", append([]string{""}, w.brands...)), parent
	asker := rapid.SampledFrom([]events.Principal{w.buyer, w.clerk}).Draw(t, "asker")
	return rapid.SampledFrom([]events.Outgoing{
		events.PlaceOrder.New(order, one(product)).AskedBy(w.buyer),
		events.PlaceOrder.New(order, cartOf(events.OrderItem{ProductID: product, Quantity: 1}, events.OrderItem{ProductID: w.products[0], Quantity: 2})).AskedBy(w.buyer),
		events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(w.buyer),
		events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(w.buyer),
		said(payment, step, status), said(payment, step, status), said(payment, step, status),
		events.CancelOrder.New(order, events.OrderReason{Reason: events.Said("why")}).AskedBy(asker),
		expire(order),
		events.CommitStock.New(order, events.OrderStock{OrderID: order}),
		events.RestockOrder.New(order, events.OrderStock{OrderID: order}),
		refund,
		events.RecordPayment.New(payment, events.PaymentAnswer{
			Step: events.RefundStep, Status: events.PaymentRefundedStatus, Amount: usd(400), RefundID: events.DeriveID("refund", payment, events.Payment.Source(), refund.ID()),
		}),
		events.AdjustStock.New(product, events.StockAdjustment{Delta: rapid.Int64Range(-3, 3).Draw(t, "delta"), Reason: events.StockCounted}),
		events.CreateBrand.New(brand, brandNamed(slug)),
		events.UpdateBrand.New(brand, events.Change[events.BrandFields]{ExpectedVersion: version, Fields: brandNamed(slug)}),
		events.DeleteBrand.New(brand, events.Deletion{ExpectedVersion: version}),
		events.CreateCategory.New(category, categoryNamed(slug, parent)),
		events.UpdateCategory.New(category, events.Change[events.CategoryFields]{ExpectedVersion: version, Fields: categoryNamed(slug, parent)}),
		events.DeleteCategory.New(category, events.Deletion{ExpectedVersion: version}),
		events.CreateProduct.New(pick("good", w.goods), goods),
		events.UpdateProduct.New(pick("good", append(w.goods, w.products...)), events.Change[events.ProductFields]{ExpectedVersion: version, Fields: goods}),
		events.DeleteProduct.New(pick("good", w.goods), events.Deletion{ExpectedVersion: version}),
	}).Draw(t, "command")
}

// carry carries commands out in all three, and compares what became of each. groups are how many share a batch.
func (w *world) carry(t rapid.TB, all []events.Outgoing, groups []int) {
	t.Helper()
	var commands []events.Envelope
	for _, o := range all {
		if e := w.singly.command(o); !w.seen[e.ID] { // what comes twice is decided once: another test's matter
			commands, w.seen[e.ID] = append(commands, e), true
		}
	}
	var want []string
	for _, e := range commands {
		want = append(want, w.decide(t, e))
		w.together(t, w.singly, []events.Envelope{e})
	}
	for rest, i := commands, 0; len(rest) > 0; i++ {
		n := min(groups[i%len(groups)], len(rest))
		w.together(t, w.shared, rest[:n])
		rest = rest[n:]
	}
	for name, m := range map[string]*market{"each in a batch": w.singly, "some in one batch": w.shared} {
		var got []string
		for _, e := range commands {
			d, err := m.store.Decided(m.t.Context(), e.Source, e.ID)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, told(d.Results))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s, it ends otherwise than in memory (-memory +Postgres):\n%s", name, diff)
		}
	}
}

// decide carries a command out in memory.
func (w *world) decide(t rapid.TB, e events.Envelope) string {
	account := map[events.Principal]domain.Account{
		w.clerk: {Status: events.AccountActive, Roles: []events.Role{events.OrdersRole}}, w.buyer: {Status: events.AccountActive},
	}[e.By]
	results, err := w.singly.store.Decide(e, w.memory, account, w.now)
	if err != nil {
		t.Fatal(err)
	}
	return told(results)
}

func (w *world) together(t rapid.TB, m *market, commands []events.Envelope) {
	for i, err := range m.togetherWith(commands...) {
		if err != nil {
			t.Fatalf("%s: %v", commands[i].Type, err)
		}
	}
}

// alike hides what is another one each time: ciphertexts, and numbers that Postgres gives.
var alike = regexp.MustCompile(`"(personal:)?p1\.[^"]*"|"M-\d+"|"(id|Number)":\d+`)

func told(results []events.Envelope) string {
	var all strings.Builder
	for _, e := range results {
		fmt.Fprintln(&all, e.ID, e.Type, e.Subject, alike.ReplaceAllString(string(e.Data), "…"))
	}
	return all.String()
}

// rows is all that is stored about the things, as text: in memory what the decisions hold of it, else what is read from m.
func (w *world) rows(t *testing.T, m *market) map[string]string {
	rows := w.memory
	if m != nil {
		rows = must(m.store.Load(t.Context(), inbox.Needs{
			orderByID: w.orders, paymentByID: w.payments, stockByID: w.products, reservationsOfOrder: w.orders, brandByID: w.brands, categoryByID: w.categories,
			productByID: slices.Concat(w.goods, w.products),
		}))
	}
	all := map[string]string{}
	add := func(key string, row any) {
		all[key] = alike.ReplaceAllString(string(must(testKeys().Encode(row))), "…")
	}
	for o := range domain.Orders.All(rows) {
		if m != nil {
			o.History = must(getOrder(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: o.ID}})).History
		}
		add("order "+o.ID, &o)
	}
	for p := range domain.Payments.All(rows) {
		add("payment "+p.ID, &p)
	}
	for s := range domain.Stock.All(rows) {
		if slices.Contains(w.products, s.ProductID) {
			add("stock "+s.ProductID, &s)
		}
	}
	for b := range domain.BrandRows.All(rows) {
		add("brand "+b.State.ID, &b.State)
	}
	for c := range domain.CategoryRows.All(rows) {
		add("category "+c.State.ID, &c.State)
	}
	for p := range domain.ProductRows.All(rows) {
		add("product "+p.State.ID, &p.State)
	}
	for _, o := range w.orders {
		held, _ := domain.Reservations.Get(rows, o)
		if len(held) > 0 {
			add("reservations "+o, &held)
		}
	}
	return all
}

// ledgers is what was only ever added, line by line, and what is still to come.
func (m *market) ledgers(w *world) (lines []string) {
	m.t.Helper()
	rows := must(m.owner.Query(m.t.Context(), `
		select concat_ws(' ', 'moved', product_id, version, on_hand_delta, reserved_delta, reason, order_id, by_id) from stock_ledger where product_id = any($1)
		union all select concat_ws(' ', 'step', order_id, version, status, by_id) from order_history where order_id = any($2)
		union all select concat_ws(' ', 'line', order_id, position, product_id, quantity, amount) from order_line where order_id = any($2)
		union all select concat_ws(' ', 'version', payment_id, version, status, step) from payment_history where payment_id = any($3)
		union all select concat_ws(' ', 'money', payment_id, step, refund_id, amount, currency) from payment_ledger where payment_id = any($3)
		union all select concat_ws(' ', 'due', kind, subject, due_at at time zone 'UTC') from deadline where subject = any($2) or subject = any($3)
		order by 1`, w.products, w.orders, w.payments))
	return must(pgx.CollectRows(rows, pgx.RowTo[string]))
}

// Whatever is asked, in whatever order and however many at a time: decisions in memory, batches of one and batches of many come to the
// same outcomes, and leave the same rows and ledgers.
func TestDecisionsAreTheSameInMemoryAndInAnyBatch(t *testing.T) {
	w := newWorld(t)
	settings := map[string]string{"rapid.checks": "25", "rapid.nofailfile": "true", "rapid.seed": "1"}
	if flag.Lookup("rapid.seed").Value.String() != "0" { // go test -run Decisions ./functions/db -rapid.seed=N tries others
		delete(settings, "rapid.seed")
	}
	for name, value := range settings {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		w.begin(t)
		for _, later := range []time.Duration{0, 20 * time.Minute} { // everything is due by then
			w.now = w.now.Add(later)
			commands := make([]events.Outgoing, rapid.IntRange(1, 40).Draw(r, "commands"))
			for i := range commands {
				commands[i] = w.command(r)
			}
			w.carry(r, commands, rapid.SliceOfN(rapid.IntRange(1, 40), 1, 6).Draw(r, "groups"))
		}
		memory := w.rows(t, nil)
		for name, m := range map[string]*market{"each in a batch": w.singly, "some in one batch": w.shared} {
			if diff := cmp.Diff(memory, w.rows(t, m)); diff != "" {
				r.Fatalf("%s, the rows are others than in memory (-memory +Postgres):\n%s", name, diff)
			}
		}
		if diff := cmp.Diff(w.singly.ledgers(w), w.shared.ledgers(w)); diff != "" {
			r.Fatalf("the ledgers differ (-each in a batch +some in one batch):\n%s", diff)
		}
	})
}
