package db

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// unswept erases nothing but by commands.
func unswept(o *inbox.Options) {
	o.Nouns = otherwise(o.Nouns, func(n *noun) { n.Sweep = nil })
}

// ofOthers are the commands whose personal values are of nobody who buys.
var ofOthers = map[string]string{
	events.EnsureOwner.Type():        "who works here",
	events.CreateUser.Type():         "who works here",
	events.UpdateUser.Type():         "who works here",
	events.ChangeUserPassword.Type(): "who works here",
	events.PlaceAsGuest.Type():       "who has no account: TestErasing_ReachesGuests has it",
	events.OrderAsGuest.Type():       "who has no account: TestErasing_ReachesGuests has it",
	events.MarkDeadLetter.Type():     "what staff say of a letter",
	events.DiscardDeadLetter.Type():  "what staff say of a letter",
	events.AdjustStock.Type():        "what staff say of goods, which names no order",
}

// canary is a customer of whom everything is a canary.
type canary struct {
	*market
	events.Principal
	which    int // of several, so that no two say the same
	number   int
	canaries []string
	covered  map[string]bool
	opens    *events.Keys // every key that is left
}

// word is a personal value that is found again.
func (p *canary) word() events.Personal {
	p.number++
	return events.NewPersonal(fmt.Sprintf("canary-%d-%03d", p.which, p.number))
}

func (p *canary) words() events.Words { return events.Said(p.word().Plaintext()) }

func (p *canary) email() events.Personal {
	return events.NewPersonal(p.word().Plaintext() + "@example.com")
}

func (p *canary) phone() events.Personal {
	p.number++
	return events.NewPersonal(fmt.Sprintf("+493098765%d%02d", p.which, p.number))
}

func (p *canary) address() events.PostalAddress {
	return events.PostalAddress{Name: p.word(), Line1: p.word(), Line2: p.word(), City: p.word(), PostalCode: events.NewPersonal(fmt.Sprintf("9876%d", p.which)), Country: "DE"}
}

// says applies a command that must not be refused. Each personal value that it can have, it has.
func (p *canary) says(o events.Outgoing) events.OperationState {
	p.t.Helper()
	p.covered[o.Of().Type()] = true
	personal := personalIn(reflect.ValueOf(o.Payload()))
	for _, value := range personal {
		if value.IsZero() {
			p.t.Errorf("%s says not every personal value that it may", o.Of().Declaration())
		}
		if text := value.Plaintext(); !slices.Contains(p.canaries, text) {
			p.canaries = append(p.canaries, text)
		}
	}
	return p.must(o)
}

// personalIn is the personal values of a payload, the absent ones too.
func personalIn(v reflect.Value) (all []events.Personal) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return personalIn(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, personalIn(v.Index(i))...)
		}
	case reflect.Struct:
		if value, is := v.Interface().(events.Personal); is {
			return []events.Personal{value}
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				all = append(all, personalIn(v.Field(i))...)
			}
		}
	default:
	}
	return all
}

// account is a customer who says all of themselves that customers may.
func (m *market) account(which int) *canary {
	p := &canary{market: m, which: which, Principal: shopper(events.NewID()), covered: map[string]bool{}}
	hash := p.word()
	if err := m.keys.Encrypt(&hash); err != nil {
		m.t.Fatal(err)
	}
	address, change, asked := events.NewID(), events.NewID(), events.NewID()
	own := events.NewCustomer{Email: p.email(), Name: p.word(), Phone: p.phone(), PasswordHash: hash, VerificationHash: "h"}
	p.says(events.RegisterCustomer.New(p.ID, own).AskedBy(nobody))
	p.says(events.UpdateCustomer.New(p.ID, events.Change[events.CustomerFields]{ExpectedVersion: 1, Fields: events.CustomerFields{Name: p.word(), Phone: p.phone()}}).AskedBy(p.Principal))
	p.says(events.ChangeCustomerPassword.New(p.ID, events.NewPassword{PreviousHash: hash, PasswordHash: p.word()}).AskedBy(p.Principal))
	p.says(events.CreateAddress.New(address, p.address()).AskedBy(p.Principal))
	p.says(events.UpdateAddress.New(address, events.Change[events.PostalAddress]{ExpectedVersion: 1, Fields: p.address()}).AskedBy(p.Principal))
	p.mail(events.NotificationClaim{Kind: events.WelcomeMail})
	p.says(events.RequestReset.New(asked, events.ResetRequest{Account: events.Shopper, Email: own.Email, TokenHash: "h"}))
	p.says(events.RedeemReset.New(asked, events.ResetRedemption{Owner: p.Principal, TokenHash: "h", PasswordHash: p.word()}))
	p.says(events.RequestEmailChange.New(change, events.EmailChange{Email: p.email(), TokenHash: "h", ResetHash: "h"}).AskedBy(p.Principal))
	p.must(events.RedeemVerification.New(change, events.VerificationRedemption{CustomerID: p.ID, TokenHash: "h"}))
	p.mail(events.NotificationClaim{Kind: events.EmailChangedMail, VerificationID: change})
	p.says(events.RequestEmailChange.New(events.NewID(), events.EmailChange{Email: p.email(), TokenHash: "h", ResetHash: "h"}).AskedBy(p.Principal))
	p.must(events.RequestReset.New(events.NewID(), events.ResetRequest{Account: events.Shopper, Email: own.Email, TokenHash: "h"}))
	m.logIn(p.Principal, "refresh "+p.ID)
	m.enter(p.ID, p.Principal, "network", "device")
	return p
}

// mail is one that was sent to them.
func (p *canary) mail(claim events.NotificationClaim) {
	p.t.Helper()
	id := events.NewID()
	claim.CustomerID, claim.Token, claim.LeaseSeconds = p.ID, "t", 60
	p.must(events.ClaimNotification.New(id, claim))
	p.must(events.RecordNotification.New(id, events.NotificationResult{Status: events.NotificationSent, Token: "t"}))
}

// buys is a paid order of some mugs.
func (p *canary) buys(product string, quantity int64) (order, payment string) {
	p.t.Helper()
	order = events.NewID()
	p.says(events.PlaceOrder.New(order, events.Cart{Lines: []events.OrderItem{{ProductID: product, Quantity: quantity}}, ShippingAddress: p.address()}).AskedBy(p.Principal))
	payment = events.NewID()
	p.says(events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa", ReturnPage: p.word()}).AskedBy(p.Principal))
	p.must(answered(payment, events.AuthorizeStep, events.PaymentAuthStatus, 1000*quantity))
	p.must(answered(payment, events.CaptureStep, events.PaymentCapturedStatus, 1000*quantity))
	p.mail(events.NotificationClaim{Kind: events.OrderConfirmation, OrderID: order})
	return order, payment
}

// undelivered is a letter about each event of an order that somebody could not take.
func (p *canary) undelivered(order string) {
	p.t.Helper()
	told := p.kafka.eventsAbout(order)
	if !slices.ContainsFunc(told, func(e events.Envelope) bool { return stored.Match(e.Data) }) {
		p.t.Fatalf("nothing personal was told of order %s", order)
	}
	for i, e := range told {
		l := letterAt(fmt.Sprintf("%d:%d", p.which, 1000*p.number+i))
		l.EventID, l.Type, l.Topic, l.Data = e.ID, e.Type, must(e.Topic()), string(e.Data)
		p.must(events.RecordDeadLetter.New(events.DeadLetterID(l.Place), l))
	}
}

// ships is how a part of an order is sent.
func (p *canary) ships(order, product string, quantity int64) {
	p.t.Helper()
	p.says(events.FulfilOrder.New(order, events.Shipment{Lines: []events.OrderItem{{ProductID: product, Quantity: quantity}}, Carrier: "DHL", TrackingNumber: p.word()}).AskedBy(p.clerk))
}

// shipsRest is how all that is left of an order is sent.
func (p *canary) shipsRest(order string) {
	p.t.Helper()
	p.says(events.FulfilRest.New(order, events.RestShipment{Carrier: "DHL", TrackingNumber: p.word()}).AskedBy(p.clerk))
}

// gives back of a payment, which the provider carries out.
func (p *canary) refunds(payment string, by events.Words) {
	p.t.Helper()
	wanted := events.RefundPayment.New(payment, events.RefundRequest{Amount: usd(100), Reason: by}).AskedBy(p.clerk).WithID(events.NewID(), "")
	p.says(wanted)
	p.carriedOut(payment, events.DeriveID("refund", payment, events.Payment.Source(), wanted.ID()), 100)
}

// carriedOut is the provider's answer to a refund.
func (p *canary) carriedOut(payment, refund string, amount int64) {
	p.t.Helper()
	p.must(events.RecordPayment.New(payment, events.PaymentAnswer{Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: refund, Amount: usd(amount)}))
}

// lives through all that may become of orders, and everything is said of it. ended is an order that was delivered.
func (p *canary) lives(product string) (ended, payment string) {
	p.t.Helper()
	bare := events.NewID()
	p.says(events.PlaceOrder.New(bare, events.Cart{Lines: one(product).Lines, ShippingAddress: p.address()}).AskedBy(p.Principal))
	chosen := events.NewID()
	p.says(events.PlaceChosen.New(chosen, events.ChosenCart{Cart: events.Cart{Lines: one(product).Lines, ShippingAddress: p.address()}}).AskedBy(p.Principal))
	p.must(events.CancelOrder.New(chosen, events.OrderReason{Reason: p.words()}).AskedBy(p.Principal))
	p.says(events.CancelOrder.New(bare, events.OrderReason{Reason: p.words()}).AskedBy(p.Principal))
	collected := events.NewID()
	p.must(events.OpenCart.New(collected, events.CartKey{}).AskedBy(p.Principal))
	p.must(put(collected, product, 1, "").AskedBy(p.Principal))
	p.says(events.OrderCart.New(collected, events.CartOrder{
		ChosenCart: events.ChosenCart{Cart: events.Cart{Lines: one(product).Lines, ShippingAddress: p.address()}},
	}).AskedBy(p.Principal))
	p.must(events.CancelOrder.New(orderOfCart(collected), events.OrderReason{Reason: p.words()}).AskedBy(p.Principal))
	late := events.NewID()
	p.must(events.PlaceOrder.New(late, one(product)).AskedBy(p.Principal))
	p.elapse(late)
	p.must(expire(late))
	ended, payment = p.buys(product, 4)
	p.undelivered(ended)
	mug := one(product).Lines
	p.says(events.AddNote.New(events.NewID(), events.NewNote{OrderID: ended, Text: p.words()}).AskedBy(p.clerk))
	p.refunds(payment, p.words())
	p.says(events.CancelPart.New(ended, events.PartCancellation{Lines: mug, Reason: p.words()}).AskedBy(p.clerk))
	p.carriedOut(payment, p.orderOf(ended).Cancellations[0].Refund.ID, 1000)
	p.ships(ended, product, 2)
	p.shipsRest(ended)
	p.must(events.DeliverOrder.New(ended, events.Delivery{}).AskedBy(p.clerk))
	for _, decide := range []events.Message[events.ReturnDecision]{events.RefuseReturn, events.ApproveReturn} {
		p.says(events.RequestReturn.New(ended, events.ReturnRequest{Lines: mug, Reason: p.words()}).AskedBy(p.Principal))
		returns := p.orderOf(ended).Returns
		p.says(decide.New(ended, events.ReturnDecision{ReturnID: returns[len(returns)-1].ID, Note: p.words()}).AskedBy(p.clerk))
	}
	back := p.orderOf(ended).Returns[1].ID
	p.must(p.receives(ended, back, product, 1, true))
	p.carriedOut(payment, p.orderOf(ended).Returns[1].Refund.ID, 1000)
	return ended, payment
}

// erase erases them, as staff do.
func (p *canary) erase() {
	p.t.Helper()
	version := int64(p.count(`select version from customer where id = $1`, p.ID))
	p.must(events.EraseCustomer.New(p.ID, events.Deletion{ExpectedVersion: version}))
	p.published()
}

// published waits until nothing is to be published any more: until then it is needed whole.
func (m *market) published() {
	m.t.Helper()
	m.eventually("all is published", func() bool { return m.count(`select count(*) from outbox`) == 0 })
}

func (m *market) sweep() {
	m.t.Helper()
	if err := (erasing{}).sweep(m.t.Context(), m.store); err != nil {
		m.t.Fatal(err)
	}
}

var stored = regexp.MustCompile(`p(1|:[A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{39,}`)

// reads is every canary that is found in any column of any table, and where: in clear, or encrypted with any key that is left.
func (p *canary) reads() (found []string) {
	p.t.Helper()
	p.opens = p.allKeys()
	rows, err := p.owner.Query(p.t.Context(), `
		select c.table_name::text, c.column_name::text, c.data_type::text
		from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
		where c.table_schema = 'public' and t.table_type = 'BASE TABLE' order by 1, 2`)
	columns := must(pgx.CollectRows(rows, pgx.RowToStructByPos[place]))
	if err != nil || len(columns) < 100 {
		p.t.Fatalf("%d columns: %v", len(columns), err)
	}
	for _, c := range columns {
		as, known := texts[c.Kind]
		if !known {
			as = "%s::text"
		}
		rows, err := p.owner.Query(p.t.Context(), fmt.Sprintf("select coalesce("+as+", '') from %s", pgx.Identifier{c.Name}.Sanitize(), pgx.Identifier{c.Table}.Sanitize()))
		for _, text := range must(pgx.CollectRows(rows, pgx.RowTo[string])) {
			found = append(found, p.canariesIn(c.String(), text)...)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	found = append(found, p.canariesIn("what the journal tells", p.bench.told())...)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.sent {
		found = append(found, p.canariesIn("a topic of commands", string(e.Data))...)
	}
	p.kafka.mu.Lock()
	defer p.kafka.mu.Unlock()
	for _, e := range p.kafka.records {
		found = append(found, p.canariesIn("a topic of events", string(e.Data))...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// canariesIn opens whatever a text has of ciphertexts.
func (p *canary) canariesIn(place, text string) (found []string) {
	for _, canary := range p.canaries {
		inParcels := strings.ToUpper(strings.ReplaceAll(canary, "-", ""))
		if len(canary) > 5 && (strings.Contains(text, canary) || strings.Contains(text, inParcels)) {
			found = append(found, place+" has "+canary)
		}
	}
	for _, cipher := range stored.FindAllString(text, -1) {
		value := events.FromCiphertext(cipher)
		if err := p.opens.Decrypt(&value); err == nil && slices.Contains(p.canaries, value.Plaintext()) {
			found = append(found, place+" keeps "+value.Plaintext())
		}
	}
	return found
}

// sums is what the books say, which no erasing changes.
func (m *market) sums() (text string) {
	m.t.Helper()
	err := m.owner.QueryRow(m.t.Context(), `
		select jsonb_build_array(
			(select jsonb_agg(jsonb_build_array(o.id, o.version, o.number, o.status, o.amount, o.currency, o.created_at, o.updated_at, o.shipping -> 'country') order by o.id) from orders o),
			(select jsonb_agg(to_jsonb(l) order by l.order_id, l.position) from order_line l), (select jsonb_agg(to_jsonb(g) order by g.order_id) from order_goods g),
			(select jsonb_agg(to_jsonb(h) - 'note' order by h.order_id, h.version) from order_history h), (select jsonb_agg(to_jsonb(s) order by s.product_id) from stock s),
			(select jsonb_agg(to_jsonb(s) order by s.id) from stock_ledger s), (select jsonb_agg(to_jsonb(p) order by p.id) from payment p),
			(select jsonb_agg(to_jsonb(r) - 'reason' order by r.id) from refund r), (select jsonb_agg(to_jsonb(l) order by l.id) from payment_ledger l))::text`).Scan(&text)
	if err != nil {
		m.t.Fatal(err)
	}
	return text
}

// leftOf is where something is found.
func leftOf(found []string) (places []string) {
	for _, f := range found {
		place, _, has := strings.Cut(f, " has ")
		if !has {
			place, _, _ = strings.Cut(f, " keeps ")
		}
		places = append(places, place)
	}
	return slices.Compact(places)
}
