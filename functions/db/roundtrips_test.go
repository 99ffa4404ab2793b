package db

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// trips counts the round trips and statements of transactions that begin with a batch: those in which commands are decided.
type trips struct {
	mu     sync.Mutex
	inside map[*pgx.Conn]bool
	counts tripCounts
}

type tripCounts struct{ Transactions, RoundTrips, Statements int }

func (c *trips) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	queries := data.Batch.QueuedQueries
	if queries[0].SQL == "begin" {
		c.inside[conn] = true
		c.counts.Transactions++
	}
	if c.inside[conn] {
		c.counts.RoundTrips++
		c.counts.Statements += len(queries)
	}
	if queries[len(queries)-1].SQL == "commit" {
		delete(c.inside, conn)
	}
	return ctx
}

func (*trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func (c *trips) TraceQueryStart(ctx context.Context, conn *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inside[conn] {
		c.counts.RoundTrips++
		c.counts.Statements++
	}
	return ctx
}

func (*trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *trips) taken() tripCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := c.counts
	c.counts = tripCounts{}
	return counts
}

// traced lets a tracer see what a store asks of Postgres.
func traced(t testing.TB, by pgx.QueryTracer) func(*inbox.Options) {
	return func(o *inbox.Options) {
		config := o.Writes.Config()
		config.ConnConfig.Tracer = by
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		o.Writes.Close()
		o.Writes = pool
	}
}

// A batch is two round trips, and 64 commands are as many statements as one: of every command there is.
func TestABatchIsTwoRoundTrips(t *testing.T) {
	t.Parallel()
	counts := &trips{inside: map[*pgx.Conn]bool{}}
	m := newMarket(t, traced(t, counts))
	product, buyer, boss := m.product(1000), m.buyer(), staff(m.hire("boss@example.com", events.OwnerRole))
	one, many := m.lives(product, buyer, boss, 0, 1), m.lives(product, buyer, boss, 1, 64)
	covered := map[string]bool{events.EnsureOwner.Type(): true} // once in a mart's life
	for i := range one {
		var got []tripCounts
		for _, commands := range [][]events.Outgoing{one[i], many[i]} {
			counts.taken()
			m.succeedTogether(commands)
			got = append(got, counts.taken())
		}
		of := one[i][0].Of()
		covered[of.Type()] = true
		want := tripCounts{Transactions: 1, RoundTrips: 2, Statements: got[0].Statements}
		if diff := cmp.Diff([]tripCounts{want, want}, got); diff != "" {
			t.Errorf("%s: of 1 and of 64 commands (-want +got):\n%s", of.Declaration(), diff)
		}
		t.Logf("%s: %d statements", of.Declaration(), got[0].Statements)
	}
	for _, m := range everyMutation() {
		if !covered[m.Of().Type()] {
			t.Errorf("%s is not among lives", m.Of().Declaration())
		}
	}
}

// lives is every command in an order in which each succeeds, for n things of each kind; examples are numbered from after on.
func (m *market) lives(product string, buyer, boss events.Principal, after, n int) (steps [][]events.Outgoing) {
	for i := range n {
		life := slices.Concat(purchaseLife(m.clerk, buyer, product), m.cartLife(product), m.guestLife(product), catalogueLife(), m.accountLife(boss), letterLife(boss, after+i), resourceLife(after+i))
		if steps == nil {
			steps = make([][]events.Outgoing, len(life))
		}
		for i, o := range life {
			steps[i] = append(steps[i], o)
		}
	}
	return steps
}

// resourceLife is the life of each noun that is declared as a resource; one that is merged is so with another, too.
func resourceLife(n int) (life []events.Outgoing) {
	for _, noun := range plainNouns() {
		life = append(life, noun.Life(events.NewID(), 1_000_000+n)...)
		for _, m := range noun.Messages {
			if merge, merges := m.(events.Message[events.Merger]); merges {
				from, into := events.NewID(), events.NewID()
				life = append(life, noun.Life(from, 2_000_000+n)[0], noun.Life(into, 3_000_000+n)[0],
					merge.New(from, events.Merger{ExpectedVersion: 1, IntoID: into}))
			}
		}
	}
	return life
}

// letterLife is what is done about letters number n.
func letterLife(boss events.Principal, n int) []events.Outgoing {
	sent, left := letterAt(fmt.Sprintf("0:%d", 2*n)), letterAt(fmt.Sprintf("0:%d", 2*n+1))
	mark := events.PlacedMark{Place: sent.Place, LetterMark: events.LetterMark{
		Kind: events.DiscardedMark, Run: events.NewID(), At: time.Now().UTC(), By: events.Principal{Type: events.Client, ID: "ada@laptop"},
	}}
	return []events.Outgoing{
		events.RecordDeadLetter.New(events.DeadLetterID(sent.Place), sent), events.RecordDeadLetter.New(events.DeadLetterID(left.Place), left),
		events.MarkDeadLetter.New(events.DeadLetterID(sent.Place), mark),
		events.ReplayDeadLetter.New(events.DeadLetterID(sent.Place), events.LetterReplay{Again: true}).AskedBy(boss),
		events.DiscardDeadLetter.New(events.DeadLetterID(left.Place), events.LetterDiscard{Reason: events.Said("it came by telephone")}).AskedBy(boss),
	}
}

func purchaseLife(clerk, buyer events.Principal, product string) []events.Outgoing {
	order, payment, another, sent, paid, given := events.NewID(), events.NewID(), events.NewID(), events.NewID(), events.NewID(), events.NewID()
	three := cartOf(events.OrderItem{ProductID: product, Quantity: 3})
	usd := events.Money{Amount: 400, Currency: "USD"}
	refund := events.RefundPayment.New(payment, events.RefundRequest{Amount: usd, Reason: events.Said("r")}).AskedBy(clerk).WithID(events.NewID(), "")
	refundID := events.DeriveID("refund", payment, refund.Of().Declaration().Producers[0].Source(), refund.ID())
	mail, chosen, method := events.NewID(), events.NewID(), events.NewID()
	back := events.ReturnRequest{Lines: one(product).Lines, Reason: events.Said("r")}
	refusedReturn := events.RequestReturn.New(sent, back).AskedBy(buyer).WithID(events.NewID(), "")
	taken := events.RequestReturn.New(sent, back).AskedBy(buyer).WithID(events.NewID(), "")
	return []events.Outgoing{
		events.AdjustStock.New(product, events.StockAdjustment{Delta: 2, Reason: events.StockReceived}),
		events.PlaceOrder.New(order, one(product)).AskedBy(buyer),
		events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer),
		said(payment, events.AuthorizeStep, events.PaymentAuthStatus),
		said(payment, events.CaptureStep, events.PaymentCapturedStatus),
		events.CommitStock.New(order, events.OrderStock{OrderID: order}),
		refund,
		events.RecordPayment.New(payment, events.PaymentAnswer{Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: refundID, Amount: usd}),
		events.AddNote.New(events.NewID(), events.NewNote{OrderID: order, Text: events.Said("rang")}).AskedBy(clerk),
		events.CancelOrder.New(order, events.OrderReason{}).AskedBy(clerk),
		events.RestockOrder.New(order, events.OrderStock{OrderID: order}),
		events.PlaceOrder.New(another, one(product)).AskedBy(buyer),
		expire(another),
		events.AdjustStock.New(product, events.StockAdjustment{Delta: 2, Reason: events.StockReceived}),
		events.PlaceOrder.New(sent, three).AskedBy(buyer),
		events.StartPayment.New(given, events.PaymentRequest{OrderID: sent, PaymentMethod: "pm_card_visa"}).AskedBy(buyer),
		answered(given, events.AuthorizeStep, events.PaymentActionStatus, 3000),
		events.CancelPayment.New(given, events.PaymentCancellation{}).AskedBy(buyer),
		answered(given, events.VoidStep, events.PaymentVoidedStatus, 3000),
		events.StartPayment.New(paid, events.PaymentRequest{OrderID: sent, PaymentMethod: "pm_card_visa"}).AskedBy(buyer),
		answered(paid, events.AuthorizeStep, events.PaymentAuthStatus, 3000),
		answered(paid, events.CaptureStep, events.PaymentCapturedStatus, 3000),
		events.CancelPart.New(sent, events.PartCancellation{Lines: one(product).Lines}).AskedBy(clerk),
		events.FulfilOrder.New(sent, events.Shipment{Lines: one(product).Lines, TrackingNumber: events.NewPersonal("1")}).AskedBy(clerk),
		events.FulfilRest.New(sent, events.RestShipment{}).AskedBy(clerk),
		events.DeliverOrder.New(sent, events.Delivery{}).AskedBy(clerk),
		refusedReturn,
		events.RefuseReturn.New(sent, events.ReturnDecision{ReturnID: returnBy(sent, refusedReturn)}).AskedBy(clerk),
		taken,
		events.ApproveReturn.New(sent, events.ReturnDecision{ReturnID: returnBy(sent, taken)}).AskedBy(clerk),
		events.ReceiveReturn.New(sent, events.ReturnReception{ReturnID: returnBy(sent, taken), Lines: []events.ReceivedItem{{OrderItem: one(product).Lines[0], Restock: true}}}).AskedBy(clerk),
		events.CreateShippingMethod.New(method, parcelTo("Parcel", events.ShippingActive, events.ShippingZone{Countries: []string{"US"}})),
		events.PlaceChosen.New(chosen, events.ChosenCart{Cart: one(product), ShippingMethodID: method}).AskedBy(buyer),
		events.CancelOrder.New(chosen, events.OrderReason{}).AskedBy(buyer),
		events.DeleteShippingMethod.New(method, events.Deletion{ExpectedVersion: 1}),
		events.ClaimNotification.New(mail, events.NotificationClaim{Kind: events.OrderCancellation, CustomerID: buyer.ID, OrderID: order, Token: "t", LeaseSeconds: 60}),
		events.RecordNotification.New(mail, events.NotificationResult{Status: events.NotificationSent, Token: "t"}),
	}
}

// cartLife is three carts: one is thrown away, one is claimed and ordered by a customer of its own, and one goes into that before.
func (m *market) cartLife(product string) []events.Outgoing {
	thrown, claimed, merged, own := events.NewID(), events.NewID(), events.NewID(), shopper(events.NewID())
	registered := registration(own.ID+"@example.com", "Ada")
	if err := m.keys.Encrypt(&registered.PasswordHash); err != nil {
		m.t.Fatal(err)
	}
	open := func(cart string) events.Outgoing { return events.OpenCart.New(cart, keyed("s")).AskedBy(nobody) }
	return []events.Outgoing{
		events.RegisterCustomer.New(own.ID, registered), open(thrown), put(thrown, product, 1, "s").AskedBy(nobody),
		events.RemoveCartLine.New(thrown, events.CartLineRemoval{CartKey: keyed("s"), ProductID: product}).AskedBy(nobody),
		events.DeleteCart.New(thrown, keyed("s")).AskedBy(nobody),
		open(claimed), put(claimed, product, 1, "s").AskedBy(nobody), events.ClaimCart.New(claimed, keyed("s")).AskedBy(own),
		open(merged), put(merged, product, 1, "s").AskedBy(nobody), events.ClaimCart.New(merged, keyed("s")).AskedBy(own),
		orderOf(claimed, "", events.OrderItem{ProductID: product, Quantity: 2}).AskedBy(own),
	}
}

func catalogueLife() []events.Outgoing {
	brand, category, product := events.NewID(), events.NewID(), events.NewID()
	older, below := events.NewID(), events.NewID()
	good := productNamed("G-"+product[24:], "Good", 100)
	good.BrandID, good.CategoryID = older, below
	family, former := events.NewID(), events.NewID()
	good.Family = placeIn(former)
	gone := events.Deletion{ExpectedVersion: 2}
	return []events.Outgoing{
		events.CreateBrand.New(brand, brandNamed("b"+brand)),
		events.UpdateBrand.New(brand, events.Change[events.BrandFields]{ExpectedVersion: 1, Fields: brandNamed("c" + brand)}),
		events.CreateCategory.New(category, categoryNamed("b"+category, "")),
		events.UpdateCategory.New(category, events.Change[events.CategoryFields]{ExpectedVersion: 1, Fields: categoryNamed("c"+category, "")}),
		events.CreateBrand.New(older, brandNamed("b"+older)),
		events.CreateCategory.New(below, categoryNamed("b"+below, category)),
		events.CreateFamily.New(family, familyNamed("b"+family)),
		events.UpdateFamily.New(family, events.Change[events.FamilyFields]{ExpectedVersion: 1, Fields: familyNamed("c" + family)}),
		events.CreateFamily.New(former, familyNamed("b"+former)),
		events.CreateProduct.New(product, good),
		events.UpdateProduct.New(product, events.Change[events.ProductFields]{ExpectedVersion: 1, Fields: good}),
		events.MergeBrand.New(older, events.Merger{ExpectedVersion: 1, IntoID: brand}),
		events.MergeCategory.New(below, events.Merger{ExpectedVersion: 1, IntoID: category}),
		events.MergeFamily.New(former, events.Merger{ExpectedVersion: 1, IntoID: family}),
		events.DeleteProduct.New(product, events.Deletion{ExpectedVersion: 5}), events.DeleteFamily.New(family, gone), events.DeleteCategory.New(category, gone), events.DeleteBrand.New(brand, gone),
	}
}

func (m *market) accountLife(boss events.Principal) []events.Outgoing {
	user, customer, address, session, asked, link, erased := events.NewID(), events.NewID(), events.NewID(), events.NewID(), events.NewID(), events.NewID(), events.NewID()
	hash := events.NewPersonal("hash")
	if err := m.keys.Encrypt(&hash); err != nil {
		m.t.Fatal(err)
	}
	hired := newUser(user+"@example.com", events.CatalogRole)
	hired.PasswordHash = hash
	registered := registration(customer+"@example.com", "Ada")
	registered.PasswordHash, registered.VerificationHash, registered.ResetHash = hash, "h", "h"
	again := registration(erased+"@example.com", "Ada")
	again.PasswordHash = hash
	own, home, soon := shopper(customer), cartOf().ShippingAddress, time.Now().Add(time.Hour)
	return []events.Outgoing{
		events.CreateUser.New(user, hired),
		events.ChangeUserPassword.New(user, events.NewPassword{PreviousHash: hash, PasswordHash: events.NewPersonal("new")}).AskedBy(staff(user)),
		events.UpdateUser.New(user, events.Change[events.UserFields]{ExpectedVersion: 2, Fields: fieldsOf(user+"@example.org", events.AccountActive, events.ViewerRole)}).AskedBy(boss),
		events.DeleteUser.New(user, events.Deletion{ExpectedVersion: 3}).AskedBy(boss),
		events.RegisterCustomer.New(customer, registered),
		events.UpdateCustomer.New(customer, events.Change[events.CustomerFields]{ExpectedVersion: 1, Fields: events.CustomerFields{Name: events.NewPersonal("Bea")}}).AskedBy(own),
		events.CreateAddress.New(address, home).AskedBy(own),
		events.UpdateAddress.New(address, events.Change[events.PostalAddress]{ExpectedVersion: 1, Fields: home}).AskedBy(own),
		events.DeleteAddress.New(address, events.Deletion{ExpectedVersion: 2}).AskedBy(own),
		events.TryLogin.New(customer, events.LoginTry{Owner: own, Network: "n", Device: "d"}),
		events.EndLogin.New(customer, events.LoginEnd{Place: "n", Proven: true, Network: "n", Device: "d"}),
		events.TryPassword.New(customer, events.LoginTry{Owner: own, Network: "n"}),
		events.EndPasswordTry.New(customer, events.LoginEnd{Place: "n", Proven: true, Network: "n"}),
		events.ChangeCustomerPassword.New(customer, events.NewPassword{PreviousHash: hash, PasswordHash: events.NewPersonal("new")}).AskedBy(own),
		events.RequestVerification.New(link, events.VerificationRequest{TokenHash: "h"}).AskedBy(own),
		events.RedeemVerification.New(link, events.VerificationRedemption{CustomerID: customer, TokenHash: "h"}),
		events.RequestReset.New(asked, events.ResetRequest{Account: events.Shopper, Email: registered.Email, TokenHash: "h"}),
		events.RedeemReset.New(asked, events.ResetRedemption{Owner: own, TokenHash: "h", PasswordHash: hash}),
		events.CreateSession.New(session, events.NewSession{ClientID: "c", Owner: own, RefreshHash: "1" + session, ExpiresAt: soon}),
		events.RotateSession.New(session, events.Rotation{PresentedHash: "1" + session, NextHash: "2" + session, ClientID: "c", ExpiresAt: soon}),
		events.RevokeSession.New(session, events.Revocation{RefreshHash: "2" + session}),
		events.RequestEmailChange.New(events.DeriveID("change", link), events.EmailChange{Email: events.NewPersonal(link + "@example.com"), TokenHash: "h", ResetHash: "h"}).AskedBy(own),
		events.RedeemVerification.New(events.DeriveID("change", link), events.VerificationRedemption{CustomerID: customer, TokenHash: "h"}),
		events.SetCustomerStatus.New(customer, events.CustomerStatusChange{Status: events.AccountDisabled}),
		events.SetCustomerStatus.New(customer, events.CustomerStatusChange{Status: events.AccountActive}),
		events.RegisterCustomer.New(erased, again),
		events.EraseCustomer.New(erased, events.Deletion{ExpectedVersion: 1}),
		events.DeleteCustomer.New(customer, events.Deletion{ExpectedVersion: 8}).AskedBy(own),
	}
}

// succeedTogether carries commands out as one batch; none of them may be refused.
func (b *bench) succeedTogether(all []events.Outgoing) {
	b.t.Helper()
	commands := make([]events.Envelope, len(all))
	for i, o := range all {
		commands[i] = b.command(o)
	}
	for i, err := range b.togetherWith(slices.Clone(commands)...) {
		if err != nil {
			b.t.Fatalf("%s: %v", commands[i].Type, err)
		}
	}
	for _, e := range commands {
		if got := b.outcome(b.store, e); got.Problem != nil {
			b.t.Fatalf("%s: %v", e.Type, got.Problem)
		}
	}
}
