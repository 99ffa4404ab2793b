package db

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// world is the same mart three times: in memory, on Postgres where each command is a batch, and on Postgres where some share one. Its time is its
// own, and long past by the clock on the wall: what went by that would find everything due, in one of them sooner than in another.
type world struct {
	memory         *domain.Rows
	singly, shared *market
	clerk, buyer   events.Principal
	now            time.Time
	seen           map[string]bool     // commands by id
	of             map[string][]string // what commands were about, by their noun
	number         int                 // of how many worlds there were: no example of one before stands in its way
	met            map[string]int      // outcomes that there were
	things
}

func newWorld(t *testing.T) *world {
	still := func(o *inbox.Options) { o.Unswept = true }
	w := &world{singly: newMarket(t, still), shared: newMarket(t, still), now: time.Now().Add(-24 * time.Hour).UTC().Truncate(time.Microsecond), met: map[string]int{}}
	for _, m := range []*market{w.singly, w.shared} {
		m.store.Now = func() time.Time { return w.now }
		m.store.Limits.Unpaid, m.store.Limits.Unproven, m.store.Limits.Logins = 2, 4, domain.LoginTerms{PerPlace: 12, Strangers: 25}
	}
	return w
}

// begin makes things that nobody has heard of yet, with two products for sale and somebody to buy them. Who works here is known to count: there
// may be a clerk, and nobody else.
func (w *world) begin(t rapid.TB, employed bool) {
	w.memory, w.seen, w.of, w.things = domain.NewMart(), map[string]bool{}, map[string][]string{}, newThings()
	w.number++
	w.buyer, w.clerk = shopper(w.customers[0]), staff(w.members[0])
	for _, m := range []*market{w.singly, w.shared} {
		m.exec(`delete from staff`)
		m.exec(`update shipping_method set deleted_at = now() where deleted_at is null`) // as what an order costs depends on
		m.exec(`update tax_rate set deleted_at = now() where deleted_at is null`)
	}
	all := []events.Outgoing{w.registration(w.buyer.ID, "buyer@"+w.brands[0]+".example", networks[0])}
	if employed {
		all = append(all, events.CreateUser.New(w.clerk.ID, w.employed("clerk@"+w.brands[0]+".example", events.OrdersRole)))
	}
	for _, o := range w.products {
		f := productNamed("M-"+o[24:], "Mug", 1000)
		all = append(all, events.CreateProduct.New(o, f), events.AdjustStock.New(o, events.StockAdjustment{Delta: 5, Reason: events.StockReceived}))
	}
	w.carry(t, all, []int{1})
}

// later is when what is due by then is, with sessions of its own.
func (w *world) later(by time.Duration) {
	w.now, w.sessions = w.now.Add(by), []string{events.NewID(), events.NewID()}
	w.begun = append(w.begun, w.sessions...)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// carry carries commands out in all three, and compares what became of each. groups are how many share a batch.
func (w *world) carry(t rapid.TB, all []events.Outgoing, groups []int) {
	t.Helper()
	var commands []events.Envelope
	for _, o := range all {
		if e := w.singly.commandAt(o, w.now); !w.seen[e.ID] { // what comes twice is decided once: another test's matter
			commands, w.seen[e.ID] = append(commands, e), true
			noun := o.Of().Declaration().Noun
			w.of[noun] = append(w.of[noun], e.Subject)
			if noun == "cart" {
				w.of["order"] = append(w.of["order"], orderOfCart(e.Subject))
			}
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
	results, err := w.singly.store.Decide(e, w.memory, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.meet(e, results)
	return told(results)
}

func short(of string) string {
	return strings.TrimSuffix(strings.TrimPrefix(of, "com.onlinemart."), ".v1")
}

// moreThanOnce is a mail that is sent again, and a try that has to wait.
var moreThanOnce = regexp.MustCompile(`"(attempts|waitSeconds)":([2-9]|\d\d)`)

// meet notes what became of a command.
func (w *world) meet(command events.Envelope, results []events.Envelope) {
	for _, e := range results {
		var said events.Rejection
		if strings.HasSuffix(e.Type, ".rejected.v1") {
			_ = json.Unmarshal(e.Data, &said) // what is none has no code
		}
		w.met[strings.Join(slices.DeleteFunc([]string{
			short(command.Type), short(e.Type), said.Problem.Code, moreThanOnce.FindString(string(e.Data)),
		}, func(part string) bool { return part == "" }), " ")]++
	}
}

func (w *world) together(t rapid.TB, m *market, commands []events.Envelope) {
	for i, err := range m.togetherWith(commands...) {
		if err != nil {
			t.Fatalf("%s: %v", commands[i].Type, err)
		}
	}
}

// What is not compared: what is another one each time, which is ciphertexts, and numbers that Postgres gives; and what people have said, which is
// not read any more once its customer is erased.
var (
	another = regexp.MustCompile(`"(personal:)?p(1|:[^".]*)\.[^"]*"|"M-\d+"|"(id|Number)":\d+`)
	words   = regexp.MustCompile(`,"(note|reason)":"((personal:)?p(1|:[^".]*)\.[^"]*)?"`)
)

func compared(text []byte) string {
	return another.ReplaceAllString(words.ReplaceAllString(string(text), ""), "…")
}

func told(results []events.Envelope) string {
	var all strings.Builder
	for _, e := range results {
		fmt.Fprintln(&all, e.ID, e.Type, e.Subject, compared(e.Data))
	}
	return all.String()
}

// Whatever is asked, in whatever order and however many at a time: decisions in memory, batches of one and batches of many come to the
// same outcomes, and leave the same rows and ledgers. What it must have come to is carried out once first, whatever is drawn then.
func TestDecisionsAreTheSameInMemoryAndInAnyBatch(t *testing.T) {
	w := newWorld(t)
	settings := map[string]string{"rapid.checks": "50", "rapid.nofailfile": "true", "rapid.seed": "1"}
	if flag.Lookup("rapid.seed").Value.String() != "0" { // go test -run Decisions ./functions/db -rapid.seed=N tries others
		delete(settings, "rapid.seed")
	}
	for name, value := range settings {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	w.once(t)
	w.mustHaveMet(t)
	rapid.Check(t, func(r *rapid.T) {
		w.begin(r, rapid.Bool().Draw(r, "employed"))
		w.subjects(r)
		for _, later := range []time.Duration{0, 20 * time.Minute} { // everything is due by then
			w.later(later)
			var commands []events.Outgoing
			for range pick(r, "commands", 1, 5, 20, 30) {
				commands = append(commands, w.commands(r)...)
			}
			w.carry(r, commands, rapid.SliceOfN(rapid.IntRange(1, 40), 1, 6).Draw(r, "groups"))
		}
		w.compare(t, r)
	})
}

// compare fails when other rows or ledgers are left in one than in another.
func (w *world) compare(t *testing.T, r rapid.TB) {
	memory := w.rows(t, nil)
	for name, m := range map[string]*market{"each in a batch": w.singly, "some in one batch": w.shared} {
		if diff := cmp.Diff(memory, w.rows(t, m)); diff != "" {
			r.Fatalf("%s, the rows are others than in memory (-memory +Postgres):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(w.singly.ledgers(w), w.shared.ledgers(w)); diff != "" {
		r.Fatalf("the ledgers differ (-each in a batch +some in one batch):\n%s", diff)
	}
}

// interesting is what a run is nothing worth without.
var interesting = []string{
	"brand.delete brand.rejected in_use", "category.delete category.rejected in_use", "brand.merge product.updated", "category.merge product.updated",
	"brand.merge brand.rejected invalid", "category.merge category.rejected category_not_empty",
	"taxRate.create taxRate.rejected tax_rate_overlaps", "taxRate.update taxRate.rejected tax_rate_overlaps",
	"customer.register customer.rejected email_taken", "customer.register customer.registrationHeard", "customer.register reset.issued",
	"customer.setStatus customer.suspended", "customer.setStatus customer.reinstated", "customer.erase customer.deleted", "customer.erase customer.rejected stale_version",
	"user.create reset.issued", "verification.requestChange verification.changeRequested", "verification.requestChange reset.issued",
	"verification.redeem verification.emailChanged", "verification.redeem verification.rejected email_taken", "verification.requestChange verification.rejected email_unchanged",
	"customer.delete order.cancelled", "order.place order.rejected forbidden",
	"order.place order.rejected shipping_method_required", "order.placeChosen order.rejected shipping_method_unavailable", "order.placeChosen order.rejected quote_changed",
	"order.fulfil order.rejected not_left_to_send", "order.fulfil order.rejected order_not_fulfillable", "order.deliver order.rejected nothing_under_way",
	"order.receiveReturn payment.refundRequested", "order.receiveReturn order.rejected return_state", "order.receiveReturn order.rejected more_than_returned",
	"order.requestReturn order.rejected not_left_to_return",
	"order.cancelPart payment.refundRequested", "order.cancelPart order.rejected order_not_cancellable",
	"order.cancel order.rejected order_not_cancellable",
	"cart.order order.placed", "cart.order cart.ordered", "cart.order cart.rejected cart_changed", "cart.order cart.rejected cart_ordered", "cart.open cart.rejected cart_exists",
	"order.placeAsGuest order.placed", "order.placeAsGuest order.rejected too_many_open_orders", "order.placeAsGuest order.rejected too_many_unpaid_orders", "order.placeAsGuest order.rejected forbidden", "order.eraseGuest order.guestErased",
	"order.eraseGuest order.cancelled", "order.eraseGuest order.rejected payment_in_progress", "order.eraseGuest order.rejected not_found", "payment.start payment.rejected not_found",
	"cart.orderAsGuest order.placed", "notification.claim notification.rejected not_found",
	"cart.setLine cart.rejected not_found", "cart.setLine cart.rejected product_not_sold",
	"user.ensureOwner user.created", "user.delete user.rejected last_owner", "user.changePassword user.rejected password_changed",
	"customer.changePassword customer.rejected password_changed",
	"session.rotate session.revoked", "session.create session.rejected invalid_grant",
	"reset.request reset.issued", "reset.redeem user.passwordChanged", "reset.redeem customer.passwordChanged", "reset.redeem reset.rejected reset_closed",
	"notification.claim notification.rejected reset_closed", "notification.claim notification.recorded",
	"verification.request verification.issued", "verification.request verification.rejected too_many_links", "verification.request verification.rejected already_verified",
	"verification.redeem verification.redeemed", "verification.redeem verification.rejected verification_closed", "notification.claim notification.rejected verification_closed",
	"login.try login.attacked", `login.try login.tried "waitSeconds":`,
	"notification.claim notification.rejected in_progress", "notification.claim notification.rejected already_sent",
	`notification.claim notification.claimed "attempts":`, "notification.record notification.rejected lease_lost",
}

// mustHaveMet fails unless every command was met, each was carried out at least once, and all that is interesting has happened.
func (w *world) mustHaveMet(t *testing.T) {
	t.Helper()
	met := slices.Sorted(maps.Keys(w.met))
	for _, m := range everyMutation() {
		command := short(m.Of().Type())
		if !slices.ContainsFunc(met, func(outcome string) bool {
			return strings.HasPrefix(outcome, command+" ") && !strings.Contains(outcome, ".rejected") && !strings.Contains(outcome, ".failed")
		}) {
			t.Errorf("%s was never carried out", command)
		}
	}
	for _, want := range interesting {
		if !slices.ContainsFunc(met, func(outcome string) bool { return strings.HasPrefix(outcome, want) }) {
			t.Errorf("it never came to %q", want)
		}
	}
	if t.Failed() {
		t.Fatalf("it came to\n%s", strings.Join(met, "\n"))
	}
}
