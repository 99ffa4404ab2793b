package flow_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/flow"
)

var begun = time.Date(2026, 11, 27, 17, 24, 57, 0, time.UTC)

// decided is an entry of a command that was decided, the n-th.
func decided(n int64, causation string, of events.Declared, from events.Function, by events.Principal, results ...events.JournalResult) events.JournalEntry {
	at := begun.Add(time.Duration(n) * time.Second)
	return events.JournalEntry{
		Number: n, ID: "c" + strconv.FormatInt(n, 10), Source: from.Source(), Type: of.Type(), Subject: "s", By: by, Correlation: "r", Causation: causation,
		AskedAt: at.Add(-3 * time.Millisecond), ReceivedAt: at.Add(-2 * time.Millisecond), DecidedAt: at, Outcome: "succeeded", Results: results,
	}
}

func result(id string, of events.Declared, data string) events.JournalResult {
	return events.JournalResult{ID: id, Type: of.Type(), Subject: "s", Data: json.RawMessage(data)}
}

const (
	placed     = `{"id":"o","number":"M-000007","version":1,"status":"placed","lines":[{"sku":"A1","name":"Tea","quantity":2}],"total":{"amount":3998,"currency":"EUR"},"payBy":"2026-11-27T17:39:57Z","email":"[personal]"}`
	paidOrder  = `{"id":"o","number":"M-000007","version":2,"status":"paid","lines":[{"sku":"A1","name":"Tea","quantity":2}],"total":{"amount":3998,"currency":"EUR"},"payBy":"2026-11-27T17:39:57Z"}`
	started    = `{"id":"p","version":1,"status":"started","step":"authorize","amount":{"amount":3998,"currency":"EUR"},"paymentMethod":"pm_card_visa"}`
	authorized = `{"id":"p","version":2,"status":"authorized","step":"capture","amount":{"amount":3998,"currency":"EUR"},"authorized":3998}`
	captured   = `{"id":"p","version":3,"status":"captured","amount":{"amount":3998,"currency":"EUR"},"authorized":3998,"captured":3998}`
)

// purchase is an order that was paid. Where the provider's own message came before its answer was recorded, that is the one that counts.
func purchase(messageFirst bool) []events.JournalEntry {
	buyer, payment := events.Principal{Type: events.Shopper, ID: "ada"}, events.SystemPrincipal(events.Payment)
	all := []events.JournalEntry{
		decided(1, "", events.PlaceOrder, events.Order, buyer, result("placed", events.OrderPlaced, placed)),
		decided(2, "", events.StartPayment, events.Payment, buyer, result("started", events.PaymentStarted, started)),
	}
	first, second := "started", ""
	if messageFirst {
		first, second = "", "started"
	}
	all = append(all,
		decided(3, first, events.RecordPayment, events.Payment, payment, result("authorized", events.PaymentAuthorized, authorized)),
		decided(4, second, events.RecordPayment, events.Payment, payment, result("unchanged", events.PaymentUnchanged, authorized)),
		decided(5, "authorized", events.RecordPayment, events.Payment, payment, result("captured", events.PaymentCaptured, captured), result("paid", events.OrderPaid, paidOrder)),
		decided(6, "paid", events.ClaimNotification, events.Notification, events.SystemPrincipal(events.Notification), result("claimed", events.NotificationClaimed, `{"id":"m","version":1,"kind":"order_confirmation","status":"sending","attempts":1,"leaseUntil":"2026-11-27T17:30:00Z"}`)),
		decided(7, "paid", events.CommitStock, events.Inventory, events.SystemPrincipal(events.Inventory), result("committed", events.OrderStockCommitted, `{}`)),
		decided(8, "paid", events.RecordNotification, events.Notification, events.SystemPrincipal(events.Notification), result("recorded", events.NotificationRecorded, `{"id":"m","version":2,"kind":"order_confirmation","status":"sent","attempts":1}`)),
	)
	return all
}

// However the provider's answer and its message raced, and whoever reacted first, the story is the same.
func TestOf_TellsAPurchase(t *testing.T) {
	t.Parallel()
	want := flow.Flow{
		ID: "o", Title: "Order M-000007 is paid",
		Story: []flow.Sentence{
			{Text: "Customer ada asked to place an order.", Details: []string{"Order M-000007 was placed: 39.98 EUR for 2 × Tea (A1), reserved until it is paid, at most until 2026-11-27 17:39:57 UTC."}},
			{Text: "Customer ada asked to pay.", Details: []string{"Payment p of 39.98 EUR was begun, with pm_card_visa."}},
			{Text: "The provider authorised 39.98 EUR.", Details: []string{}},
			{Text: "The provider captured 39.98 EUR.", Details: []string{"Order M-000007 is paid."}},
			{Text: "Because of order.paid, inventory asked to take the goods off the shelf.", Details: []string{"They have left the shelf."}},
			{Text: "Because of order.paid, notification asked to send a mail.", Details: []string{"The mail order confirmation is on its way."}},
			{Text: "The mail order confirmation was sent.", Details: []string{}},
		},
		Waits: []flow.Wait{{Subject: "o", Text: "Order M-000007 waits to be sent.", Request: "POST /orders/o/fulfilments"}},
	}
	for _, messageFirst := range []bool{false, true} {
		entries := purchase(messageFirst)
		slices.Reverse(entries)
		got := flow.Of("o", flow.Source{Entries: append(entries, entries...)})
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(flow.Flow{}, "Steps"), cmpopts.IgnoreFields(flow.Sentence{}, "At")); diff != "" {
			t.Errorf("message first %v (-want +got):\n%s", messageFirst, diff)
		}
	}
}

// hop is a step without its times.
type hop struct {
	ID, Parent string
	Kind       flow.Kind
	Lane, Name string
	Outcome    flow.Outcome
}

func hops(f flow.Flow) (all []hop) {
	for _, s := range f.Steps {
		all = append(all, hop{s.ID, s.Parent, s.Kind, s.Lane, s.Name, s.Outcome})
	}
	return all
}

func TestOf_ShowsEachHop(t *testing.T) {
	t.Parallel()
	entries := purchase(false)[1:4]
	got := flow.Of("p", flow.Source{Entries: entries})
	want := []hop{
		{"c2/request", "", flow.Request, "client", "payment.start", flow.Done},
		{"c2/command", "c2/request", flow.Command, "payment", "payment.start", flow.Done},
		{"c2/transaction", "c2/command", flow.Transaction, "db", "payment.start", flow.Done},
		{"started", "c2/transaction", flow.Event, "db", "payment.started", flow.Done},
		{"c3/delivery", "started", flow.Delivery, "payment", "payment.started", flow.Done},
		{"c3/outside", "c3/delivery", flow.Provider, "provider", "authorize", flow.Done},
		{"c3/command", "c3/outside", flow.Command, "payment", "payment.record", flow.Done},
		{"c3/transaction", "c3/command", flow.Transaction, "db", "payment.record", flow.Done},
		{"authorized", "c3/transaction", flow.Event, "db", "payment.authorized", flow.Done},
		{"authorized/payment", "authorized", flow.Delivery, "payment", "payment.authorized", flow.Open},
		{"c4/outside", "", flow.Provider, "provider", "says by itself", flow.Done},
		{"c4/command", "c4/outside", flow.Command, "payment", "payment.record", flow.Done},
		{"c4/transaction", "c4/command", flow.Transaction, "db", "payment.record", flow.Done},
		{"unchanged", "c4/transaction", flow.Event, "db", "payment.unchanged", flow.Done},
	}
	if diff := cmp.Diff(want, hops(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s := got.Steps[2]; !s.At.Equal(entries[0].ReceivedAt) || !s.Until.Equal(entries[0].DecidedAt) || s.By != entries[0].By {
		t.Errorf("%+v", s)
	}
	if diff := cmp.Diff(json.RawMessage(started), got.Steps[3].Data); diff != "" {
		t.Errorf("what was said (-want +got):\n%s", diff)
	}
}

// A delivery is one hop, whatever it leads to; a mail is sent once it is claimed.
func TestOf_ShowsADeliveryOnce(t *testing.T) {
	t.Parallel()
	entries := purchase(false)
	var got []hop
	for _, h := range hops(flow.Of("m", flow.Source{Entries: entries})) {
		if h.Lane == "notification" || h.Kind == flow.Mail {
			got = append(got, h)
		}
	}
	want := []hop{
		{"c6/delivery", "paid", flow.Delivery, "notification", "order.paid", flow.Done},
		{"c6/command", "c6/delivery", flow.Command, "notification", "notification.claim", flow.Done},
		{"c8/outside", "c6/delivery", flow.Mail, "mail server", "order_confirmation", flow.Done},
		{"c8/command", "c8/outside", flow.Command, "notification", "notification.record", flow.Done},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, s := range flow.Of("m", flow.Source{Entries: entries}).Steps {
		if s.Kind == flow.Mail && (!s.At.Equal(entries[5].DecidedAt) || !s.Until.Equal(entries[7].AskedAt)) {
			t.Errorf("the mail was sent from %s to %s", s.At, s.Until)
		}
	}
}

// What waits is said with its time, and what was not heard with how it is sent again.
func TestOf_SaysWhatWaits(t *testing.T) {
	t.Parallel()
	buyer := events.Guest("o")
	place := decided(1, "", events.PlaceAsGuest, events.Order, buyer, result("placed", events.OrderPlaced, placed))
	start := func(data string) events.JournalEntry {
		return decided(2, "", events.StartPayment, events.Payment, buyer, result("e", events.PaymentUnknown, data))
	}
	order := flow.Wait{Subject: "o", Text: "Order M-000007 waits to be paid. Until then 2 × Tea (A1) stay reserved; then it expires, unless a payment is under way.", Until: time.Date(2026, 11, 27, 17, 39, 57, 0, time.UTC)}
	for name, c := range map[string]struct {
		entry events.JournalEntry
		want  flow.Wait
	}{
		"the provider's answer": {
			start(`{"id":"p","version":2,"status":"unknown","step":"authorize","attempts":1}`),
			flow.Wait{Subject: "p", Text: "Payment p waits for the provider's answer to authorize; without one it is asked again.", Until: begun.Add(2*time.Second + 30*time.Second)},
		},
		"the buyer": {start(`{"id":"p","version":2,"status":"requires_action","step":""}`), flow.Wait{Subject: "p", Text: "Payment p waits for the buyer to confirm it at the bank."}},
		"a mail": {
			decided(2, "", events.ClaimNotification, events.Notification, events.SystemPrincipal(events.Notification), result("claimed", events.NotificationClaimed, `{"id":"m","version":1,"kind":"order_reminder","status":"sending","leaseUntil":"2026-11-27T17:30:00Z"}`)),
			flow.Wait{Subject: "m", Text: "The mail order_reminder is being sent; unless it is recorded until then, it is sent again.", Until: time.Date(2026, 11, 27, 17, 30, 0, 0, time.UTC)},
		},
		"a function": {
			decided(2, "", events.ExpireOrder, events.Order, events.SystemPrincipal(events.Order), result("expired", events.OrderExpired, `{}`)),
			flow.Wait{
				Subject: "s", Text: "notification is told of order.expired, and nothing has followed from that yet. If it cannot take it, it will be a dead letter: see why, and send it again.",
				Do: []string{"mart dead-letters --id expired", "mart dead-letters replay --id expired"},
			},
		},
	} {
		got := flow.Of("o", flow.Source{Entries: []events.JournalEntry{place, c.entry}}).Waits
		if diff := cmp.Diff([]flow.Wait{order, c.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Of an event that is a dead letter it is said why, where it is looked at and how it is sent again, or what was done about it; another function's
// letter says nothing of it.
func TestOf_SaysWhatIsADeadLetter(t *testing.T) {
	t.Parallel()
	expired := decided(2, "", events.ExpireOrder, events.Order, events.SystemPrincipal(events.Order), result("expired", events.OrderExpired, `{}`))
	from := flow.Source{Entries: []events.JournalEntry{expired}}
	if diff := cmp.Diff([]string{"expired"}, flow.Unheard(from)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	letter := func(change func(*events.DeadLetterState)) events.DeadLetterState {
		l := events.DeadLetterState{ID: "l", LetterFacts: events.LetterFacts{Place: "0:7", EventID: "expired", Function: events.Notification, Code: "503", Reason: "try again.\nand so on"}}
		change(&l)
		return l
	}
	const it = "notification could not take order.expired (try again)"
	show, replay := "mart dead-letters show 0:7", "mart dead-letters replay --place 0:7"
	for name, c := range map[string]struct {
		letter events.DeadLetterState
		want   flow.Wait
	}{
		"open": {letter(func(*events.DeadLetterState) {}), flow.Wait{Text: it + ", so it is a dead letter: mend why, and send it again.", Do: []string{show, replay}}},
		"hopeless": {letter(func(l *events.DeadLetterState) { l.Hopeless, l.Reason = "it is not readable", "" }), flow.Wait{
			Text: "notification could not take order.expired (503), so it is a dead letter: mend why, and send it again. As things are that comes to nothing: it is not readable.", Do: []string{show, replay},
		}},
		"replayed": {letter(func(l *events.DeadLetterState) { l.Replayed = &events.LetterMark{At: begun} }), flow.Wait{
			Text: it + ". It was sent again at " + flow.Clock(begun) + ", and nothing has followed from that yet.", Do: []string{show},
		}},
		"discarded": {letter(func(l *events.DeadLetterState) { l.Discarded = &events.LetterMark{At: begun} }), flow.Wait{
			Text: it + ", and somebody has discarded the dead letter: nothing follows from it any more.", Do: []string{show},
		}},
	} {
		from.Letters = []events.DeadLetterState{letter(func(l *events.DeadLetterState) { l.Function, l.ID = events.Payment, "another" }), c.letter}
		c.want.Subject, c.want.Letter = "s", "l"
		if diff := cmp.Diff([]flow.Wait{c.want}, flow.Of("s", from).Waits); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// How a thing stands is told as it is by now, whichever request made it so; of what is unheard nothing is said where not all is there.
func TestOf_KnowsWhatCameLater(t *testing.T) {
	t.Parallel()
	all := purchase(false)
	other := decided(10, "", events.PlaceOrder, events.Order, events.Guest("x"), result("x", events.OrderPlaced, strings.Replace(placed, `"o"`, `"x"`, 1)))
	got := flow.Of("r", flow.Source{Entries: all[:1], Later: append(all[1:], other)})
	want := []flow.Wait{{Subject: "o", Text: "Order M-000007 waits to be sent.", Request: "POST /orders/o/fulfilments"}}
	if diff := cmp.Diff(want, got.Waits); diff != "" || len(got.Story) != 1 {
		t.Errorf("%v (-want +got):\n%s", got.Story, diff)
	}
	if diff := cmp.Diff([]string{"m", "o", "p"}, flow.Things(all)); diff != "" {
		t.Errorf("things (-want +got):\n%s", diff)
	}
	paid := all[4:5]
	if got := flow.Of("r", flow.Source{Entries: paid}); len(got.Waits) != 3 {
		t.Errorf("two functions are unheard, and it waits to be sent: %+v", got.Waits)
	}
	if got := flow.Of("r", flow.Source{Entries: paid, Cut: true}); len(got.Waits) != 1 || !got.Cut {
		t.Errorf("more is not here, and still: %+v", got.Waits)
	}
}

// A client may go on with one trace for hours: of what is in it, only the requests are told that are about what was asked.
func TestOf_LeavesOutOtherRequestsOfTheTrace(t *testing.T) {
	t.Parallel()
	entries := append(purchase(false), decided(9, "", events.CreateBrand, events.Brand, events.Principal{Type: events.Staff, ID: "bob"}))
	if got := flow.Of("o", flow.Source{Entries: entries, About: []int64{1, 5}}); len(got.Story) != 7 {
		t.Errorf("%+v", got.Story)
	}
	if got := flow.Of("b", flow.Source{Entries: entries, About: []int64{9}}); len(got.Story) != 1 || got.Story[0].Text != "Staff bob asked to add a brand." {
		t.Errorf("%+v", got.Story)
	}
}

func TestOf_SaysTheRule(t *testing.T) {
	t.Parallel()
	e := decided(1, "", events.PlaceOrder, events.Order, events.Principal{Type: events.Shopper, ID: "ada"}, result("no", events.Rejected("order"), `{"problem":{"status":409,"code":"sku_taken","detail":"It is.","errors":[{"location":"body.sku","message":"is A1"}]}}`))
	e.Outcome = "rejected"
	got := flow.Of("r", flow.Source{Entries: []events.JournalEntry{e}})
	want := []flow.Sentence{{At: e.DecidedAt, Text: "Customer ada asked to place an order.", Details: []string{"Refused, sku_taken: It is.", "body.sku: is A1", "What to do: Choose another one."}}}
	if diff := cmp.Diff(want, got.Story); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&flow.Refusal{Code: "sku_taken", Detail: "It is.", Errors: []events.FieldError{{Location: "body.sku", Message: "is A1"}}, Advice: "Choose another one."}, got.Steps[2].Refusal); diff != "" || got.Steps[2].Outcome != flow.Rejected {
		t.Errorf("%s (-want +got):\n%s", got.Steps[2].Outcome, diff)
	}
	deadline := decided(2, "", events.ExpireOrder, events.DB, events.SystemPrincipal(events.DB))
	deadline.Type, deadline.Outcome = "deadline.order", "due"
	deadline.Results = []events.JournalResult{result("due", events.OrderDue, `{}`)}
	if got := flow.Of("r", flow.Source{Entries: []events.JournalEntry{deadline}}); got.Story[0].Text != "The deadline of the order s passed." || got.Steps[0].Kind != flow.Transaction {
		t.Errorf("%+v", got)
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	const id = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
	for text, want := range map[string]string{
		id: id, "4BF92F35-77B3-4DA6-A3CE-929D0E0E4736": id, "4bf92f3577b34da6a3ce929d0e0e4736": id, " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": id,
		"": "", "M-000001": "", "4bf92f3577b34da6a3ce929d0e0e473": "", "00000000000000000000000000000000": "", "4bf92f35-77b3-4da6-a3ce-929d0e0e473x": "",
		"00-4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01": "", "{4bf92f35-77b3-4da6-a3ce-929d0e0e4736}": "",
	} {
		if got, ok := flow.ID(text); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v; want %q", text, got, ok, want)
		}
	}
}
