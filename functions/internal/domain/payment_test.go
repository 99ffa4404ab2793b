package domain

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

func payment(s events.PaymentStatus, step events.PaymentStep) Payment {
	return Payment{Meta: events.Meta{ID: "p", Version: 1}, OrderID: "o", Amount: usd(1999), Status: s, Step: step}
}

func answer(step events.PaymentStep, s events.PaymentStatus) events.PaymentAnswer {
	return events.PaymentAnswer{Step: step, Status: s, ProviderRef: "pi_1", Amount: usd(1999)}
}

// outcome is a transition without what never matters here.
type outcome struct {
	Status  events.PaymentStatus
	Step    events.PaymentStep
	Order   events.OrderStatus
	Changed bool
	Void    bool
	Refund  bool
}

func TestHear(t *testing.T) {
	t.Parallel()
	const (
		started, action, auth, captured = events.PaymentStartedStatus, events.PaymentActionStatus, events.PaymentAuthStatus, events.PaymentCapturedStatus
		declined, unknown, voided       = events.PaymentDeclinedStatus, events.PaymentUnknownStatus, events.PaymentVoidedStatus
		authorize, capture, void        = events.AuthorizeStep, events.CaptureStep, events.VoidStep
		placed, authorized, paid        = events.OrderPlacedStatus, events.OrderAuthorizedStatus, events.OrderPaidStatus
		expired, cancelled              = events.OrderExpiredStatus, events.OrderCancelledStatus
	)
	for _, c := range []struct {
		name  string
		from  Payment
		hears events.PaymentAnswer
		order events.OrderStatus
		want  outcome
	}{
		{"authorised", payment(started, authorize), answer(authorize, auth), placed, outcome{Status: auth, Step: capture, Order: authorized, Changed: true}},
		{"authorised again", payment(auth, capture), answer(authorize, auth), authorized, outcome{Status: auth, Step: capture}},
		{"authorised late, after a silence", payment(unknown, authorize), answer(authorize, auth), placed, outcome{Status: auth, Step: capture, Order: authorized, Changed: true}},
		{"authorised for an order that is gone", payment(started, authorize), answer(authorize, auth), expired, outcome{Status: auth, Step: void, Changed: true, Void: true}},
		{"authorised after it was told declined", payment(declined, ""), answer(authorize, auth), placed, outcome{Status: auth, Step: void, Changed: true, Void: true}},
		{"captured", payment(auth, capture), answer(capture, captured), authorized, outcome{Status: captured, Order: paid, Changed: true}},
		{"captured, and nobody told that it was authorised", payment(started, authorize), answer(capture, captured), placed, outcome{Status: captured, Order: paid, Changed: true}},
		{"captured for an order that is gone", payment(auth, void), answer(void, captured), cancelled, outcome{Status: captured, Changed: true, Refund: true}},
		{"captured again", payment(captured, ""), answer(capture, captured), paid, outcome{Status: captured}},
		{"declined", payment(started, authorize), answer(authorize, declined), placed, outcome{Status: declined, Changed: true}},
		{"declined, told late", payment(auth, capture), answer(authorize, declined), authorized, outcome{Status: auth, Step: capture}},
		{"the capture is refused", payment(auth, capture), answer(capture, declined), authorized, outcome{Status: declined, Order: placed, Changed: true}},
		{"the customer must act", payment(started, authorize), answer(authorize, action), placed, outcome{Status: action, Step: authorize, Changed: true}},
		{"the customer must act, but the order is gone", payment(started, authorize), answer(authorize, action), expired, outcome{Status: action, Step: void, Changed: true, Void: true}},
		{"the customer acted", payment(action, authorize), answer(authorize, auth), placed, outcome{Status: auth, Step: capture, Order: authorized, Changed: true}},
		{"the customer acted too late", payment(action, void), answer(authorize, auth), expired, outcome{Status: auth, Step: void, Changed: true, Void: true}},
		{"nobody knows", payment(started, authorize), answer(authorize, unknown), placed, outcome{Status: unknown, Step: authorize, Changed: true}},
		{"nobody knows whether it was captured", payment(auth, capture), answer(capture, unknown), authorized, outcome{Status: unknown, Step: capture, Changed: true}},
		{"authorised is no news while a capture is open", payment(unknown, capture), answer(authorize, auth), authorized, outcome{Status: unknown, Step: capture}},
		{"silence is no news after an answer", payment(auth, capture), answer(authorize, unknown), authorized, outcome{Status: auth, Step: capture}},
		{"voided", payment(auth, void), answer(void, voided), expired, outcome{Status: voided, Changed: true}},
		{"the provider let it go", payment(auth, capture), answer(void, voided), authorized, outcome{Status: voided, Order: placed, Changed: true}},
		{"voided after it was captured", payment(captured, ""), answer(void, voided), paid, outcome{Status: captured}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := c.from.ApplyProviderResult(c.hears, c.order, noon)
			got := outcome{v.Payment.Status, v.Payment.Step, v.Order, v.Changed, v.Void, v.Refund}
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Where the buyer comes back to is known as long as the provider may have to be asked again in the same words, and no longer.
func TestTheReturnURLIsKeptUntilTheProviderHasIt(t *testing.T) {
	t.Parallel()
	for status, want := range map[events.PaymentStatus]string{
		events.PaymentUnknownStatus: "https://shop.example/paid", events.PaymentActionStatus: "", events.PaymentAuthStatus: "", events.PaymentDeclinedStatus: "",
	} {
		p := payment(events.PaymentStartedStatus, events.AuthorizeStep)
		p.ReturnPage, p.ReturnURL = events.NewPersonal("https://shop.example/paid"), "https://shop.example/paid" // the second as the release before has it
		if v, err := p.ApplyProviderResult(answer("authorize", status), events.OrderPlacedStatus, noon); err != nil || v.Payment.ReturnPage.Plaintext() != want || v.Payment.ReturnURL != want {
			t.Errorf("%s: %q, want %q, %v", status, v.Payment.ReturnPage.Plaintext(), want, err)
		}
	}
}

// What waits for its buyer can be given up, once; what is in the provider's hands or decided cannot. What the provider says then ends in nothing taken.
func TestAPaymentThatWaitsForItsBuyerIsGivenUp(t *testing.T) {
	t.Parallel()
	waits := payment(events.PaymentActionStatus, events.AuthorizeStep)
	waits.NextAction = &events.NextAction{RedirectURL: "https://bank.example"}
	want := payment(events.PaymentActionStatus, events.VoidStep)
	want.Version, want.UpdatedAt = 2, noon
	given, changed, err := waits.Cancel(noon)
	if diff := cmp.Diff(want, given); diff != "" || !changed || err != nil || given.Settled() {
		t.Fatalf("%v %v (-want +got):\n%s", changed, err, diff)
	}
	if again, changed, err := given.Cancel(noon.Add(time.Minute)); err != nil || changed || !cmp.Equal(given, again) {
		t.Errorf("again: %v, %v, %+v", changed, err, again)
	}
	for status, want := range map[events.PaymentStatus]outcome{
		"voided":     {Status: "voided", Changed: true},
		"authorized": {Status: "authorized", Step: "void", Changed: true, Void: true},
		"captured":   {Status: "captured", Changed: true, Refund: true},
	} {
		v, err := given.ApplyProviderResult(answer("void", status), events.OrderPlacedStatus, noon)
		got := outcome{Status: v.Payment.Status, Step: v.Payment.Step, Order: v.Order, Changed: v.Changed, Void: v.Void, Refund: v.Refund}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", status, err, diff)
		}
	}
	for _, status := range []events.PaymentStatus{"started", "unknown", "authorized", "captured", "declined", "refunded"} {
		if _, changed, err := payment(status, "").Cancel(noon); changed || !errors.Is(err, &events.Problem{Code: "payment_not_cancellable"}) {
			t.Errorf("%s: %v, %v", status, changed, err)
		}
	}
}

func TestAmountMismatchIsRefusedLoudly(t *testing.T) {
	t.Parallel()
	more, euros, other := answer("authorize", "authorized"), answer("authorize", "authorized"), answer("authorize", "authorized")
	more.Amount.Amount++
	euros.Amount.Currency = "EUR"
	other.ProviderRef = "pi_2"
	p := payment(events.PaymentStartedStatus, events.AuthorizeStep)
	p.ProviderRef = "pi_1"
	for _, a := range []events.PaymentAnswer{more, euros, other} {
		if _, err := p.ApplyProviderResult(a, events.OrderPlacedStatus, noon); !errors.Is(err, ErrAmountMismatch) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}

// Whatever the provider says, in whatever order and however often, money and goods stay together.
func TestAnyAnswersInAnyOrder(t *testing.T) {
	t.Parallel()
	steps := []events.PaymentStep{events.AuthorizeStep, events.CaptureStep, events.VoidStep}
	said := []events.PaymentStatus{"authorized", "captured", "declined", "requires_action", "voided", "unknown"}
	rapid.Check(t, func(t *rapid.T) {
		p, o := payment(events.PaymentStartedStatus, events.AuthorizeStep), order(events.OrderPlacedStatus)
		owed := false // a refund of everything was asked for
		for range rapid.IntRange(1, 12).Draw(t, "answers") {
			if OrderMayBecome(o.Status, events.OrderExpiredStatus) && rapid.IntRange(0, 5).Draw(t, "expires") == 0 {
				o, _ = o.Expire(events.SystemPrincipal(events.DB), noon)
				p, _ = p.Abandon(noon)
			}
			if rapid.IntRange(0, 5).Draw(t, "is given up") == 0 {
				p, _, _ = p.Cancel(noon)
			}
			before := p
			v, err := p.ApplyProviderResult(answer(rapid.SampledFrom(steps).Draw(t, "step"), rapid.SampledFrom(said).Draw(t, "said")), o.Status, noon)
			if err != nil {
				t.Fatal(err)
			}
			p = v.Payment
			if v.Order != "" {
				if o, err = o.become(v.Order, clerk, events.Words{}, noon); err != nil {
					t.Fatalf("the transition %+v moves the order where it cannot go: %v", v, err)
				}
			}
			owed = owed || v.Refund
			checkPayment(t, before, p, v.Changed)
			if taken, paid := p.Captured > 0, o.Status == events.OrderPaidStatus; taken != (paid || owed) || paid && owed {
				t.Fatalf("captured %v, order %s, refund %v", p.Captured, o.Status, owed)
			}
		}
	})
}

func checkPayment(t *rapid.T, before, after Payment, changed bool) {
	if changed != (after.Version == before.Version+1) || !changed && !cmp.Equal(before, after) {
		t.Fatalf("changed %v: %+v → %+v", changed, before, after)
	}
	if before.Status != after.Status && !PaymentMayBecome(before.Status, after.Status) {
		t.Fatalf("%s may not become %s", before.Status, after.Status)
	}
	if after.Refunded > after.Captured || after.Captured > after.Authorized || after.Authorized > after.Amount.Amount {
		t.Fatalf("amounts of %+v", after)
	}
}

func TestRefundsNeverExceedWhatWasTaken(t *testing.T) {
	t.Parallel()
	said := []events.PaymentStatus{"refunded", "declined", "unknown"}
	rapid.Check(t, func(t *rapid.T) {
		p := payment(events.PaymentCapturedStatus, "")
		p.Authorized, p.Captured = 1999, 1999
		for i := range rapid.IntRange(1, 10).Draw(t, "turns") {
			next, r, err := p.RequestRefund(string(rune('a'+i)), events.RefundRequest{Amount: rapid.SampledFrom([]events.Money{{}, usd(rapid.Int64Range(0, 2500).Draw(t, "amount"))}).Draw(t, "wish"), Reason: events.Said("r")}, noon)
			if err == nil && (r.Amount.Amount <= 0 || r.Amount.Amount > p.Refundable()) {
				t.Fatalf("promised %d of %d", r.Amount.Amount, p.Refundable())
			}
			p = next
			if len(p.Refunds) == 0 {
				continue
			}
			about := p.Refunds[rapid.IntRange(0, len(p.Refunds)-1).Draw(t, "about")]
			v, err := p.ApplyRefundResult(events.PaymentAnswer{
				Step: events.RefundStep, Status: rapid.SampledFrom(said).Draw(t, "said"), RefundID: about.ID, Amount: usd(about.Amount),
			}, noon)
			if err != nil {
				t.Fatal(err)
			}
			p = v.Payment
			var done int64
			for _, r := range p.Refunds {
				if r.Status == events.RefundDoneStatus {
					done += r.Amount
				}
			}
			if done != p.Refunded || p.Refunded > p.Captured || p.Refundable() < 0 || (p.Status == events.PaymentRefundedStatus) != (p.Refunded == p.Captured) {
				t.Fatalf("done %d of %+v", done, p)
			}
		}
	})
}

// A refund ends when the provider says so. One that was carried out may come back, and can be given anew; one that has failed stays failed.
func TestRefundsThatComeBack(t *testing.T) {
	t.Parallel()
	type end struct {
		Payment    events.PaymentStatus
		Refund     events.RefundStatus
		Refunded   int64
		Refundable int64
		Attempts   int
		Bounced    bool // at the last answer
		Open       bool
	}
	for name, c := range map[string]struct {
		said []events.PaymentStatus
		want end
	}{
		"pending":             {[]events.PaymentStatus{"unknown", "unknown"}, end{"captured", "requested", 0, 0, 2, false, true}},
		"pending, then done":  {[]events.PaymentStatus{"unknown", "refunded"}, end{"refunded", "refunded", 1999, 0, 1, false, false}},
		"pending, then fails": {[]events.PaymentStatus{"unknown", "declined"}, end{"captured", "failed", 0, 1999, 1, false, false}},
		"done, then fails":    {[]events.PaymentStatus{"refunded", "declined"}, end{"captured", "failed", 0, 1999, 0, true, false}},
		"fails twice":         {[]events.PaymentStatus{"refunded", "declined", "declined"}, end{"captured", "failed", 0, 1999, 0, false, false}},
		"done comes late":     {[]events.PaymentStatus{"refunded", "declined", "refunded"}, end{"captured", "failed", 0, 1999, 0, false, false}},
		"pending comes late":  {[]events.PaymentStatus{"refunded", "unknown"}, end{"refunded", "refunded", 1999, 0, 0, false, false}},
	} {
		p := payment(events.PaymentCapturedStatus, "")
		p.Authorized, p.Captured = 1999, 1999
		p, _, err := p.RequestRefund("r1", events.RefundRequest{Reason: events.Said("r")}, noon)
		if err != nil {
			t.Fatal(err)
		}
		var v RefundTransition
		for _, said := range c.said {
			if v, err = p.ApplyRefundResult(events.PaymentAnswer{Step: events.RefundStep, Status: said, RefundID: "r1", Amount: usd(1999)}, noon); err != nil {
				t.Fatal(err)
			}
			p = v.Payment
		}
		_, open := p.NextRetry(noon)
		if d := cmp.Diff(c.want, end{p.Status, p.Refunds[0].Status, p.Refunded, p.Refundable(), p.Attempts, v.Bounced, open}); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// Nobody waits at a screen for a refund, and one may be pending for days.
func TestAPendingRefundIsAskedForLessAndLess(t *testing.T) {
	t.Parallel()
	p := payment(events.PaymentCapturedStatus, "")
	p.Refunds = []events.PaymentRefund{{ID: "r1", Amount: 1, Status: events.RefundRequestedStatus}}
	for attempts, want := range map[int]time.Duration{0: 15 * time.Second, 6: 16 * time.Minute, 1000: 4 * time.Hour} {
		p.Attempts = attempts
		if at, open := p.NextRetry(noon); !open || at.Sub(noon) != want {
			t.Errorf("after %d: %s, %t", attempts, at.Sub(noon), open)
		}
	}
}

// Whoever tries one card after the other is stopped, at one order, at all of theirs, and with all others at their network: whoever has bought before there
// later.
func TestDeclinesAreLimited(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		declines  Declines
		limit     int
		atNetwork int
		buyer     bool
		want      bool
	}{
		{Declines{9, 29, 1000}, 10, 0, false, true},
		{Declines{10, 10, 0}, 10, 0, false, false},
		{Declines{0, 30, 0}, 10, 0, false, false},
		{Declines{100, 100, 100}, 0, 0, false, true},
		{Declines{0, 0, 19}, 10, 20, false, true},
		{Declines{0, 0, 20}, 10, 20, false, false},
		{Declines{0, 0, 20}, 0, 20, false, false},
		{Declines{0, 0, 59}, 10, 20, true, true},
		{Declines{0, 0, 60}, 10, 20, true, false},
		{Declines{10, 0, 0}, 10, 20, true, false},
	} {
		err := c.declines.Check(Limits{Declined: c.limit, DeclinedAtNetwork: c.atNetwork}, c.buyer)
		problem, refused := errors.AsType[*events.Problem](err)
		if (err == nil) != c.want || refused && problem.Code != "too_many_declined_payments" {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestNextRetryBacksOff(t *testing.T) {
	t.Parallel()
	var waits []time.Duration
	p := payment(events.PaymentUnknownStatus, events.AuthorizeStep)
	for _, p.Attempts = range []int{0, 1, 2, 3, 9, 1000} {
		at, _ := p.NextRetry(noon)
		waits = append(waits, at.Sub(noon))
	}
	want := []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 10 * time.Minute, 10 * time.Minute}
	if !slices.Equal(waits, want) {
		t.Errorf("got %v, want %v", waits, want)
	}
}

func TestRefundOf(t *testing.T) {
	t.Parallel()
	p := Payment{Amount: events.Money{Amount: 1000, Currency: "EUR"}, Refunds: []events.PaymentRefund{
		{ID: "r1", Amount: 300, Status: events.RefundDoneStatus},
		{ID: "r2", Amount: 400, Reason: events.Said("late"), Status: events.RefundRequestedStatus},
		{ID: "r3", Amount: 100, Status: events.RefundFailedStatus},
	}}
	for id, want := range map[string][2]bool{"r1": {false, true}, "r2": {true, true}, "r3": {false, true}, "r4": {false, false}} {
		r, open, known := p.RefundOf(id)
		if (want != [2]bool{open, known}) || known && r.RefundID != id {
			t.Errorf("%s: %+v, open %t, known %t", id, r, open, known)
		}
	}
	if r, _, _ := p.RefundOf("r2"); r.Amount != (events.Money{Amount: 400, Currency: "EUR"}) || r.Reason.Plaintext() != "late" {
		t.Errorf("%+v", r)
	}
}

// What a refund may be is said as people write money.
func TestRefundsAreRefusedInWords(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct{ taken, asked events.Money }{
		"At most 9.50 EUR can still be refunded.": {events.Money{Amount: 950, Currency: "EUR"}, events.Money{Amount: 951, Currency: "EUR"}},
		"At most 950 JPY can still be refunded.":  {events.Money{Amount: 950, Currency: "JPY"}, events.Money{Amount: 951, Currency: "JPY"}},
		"A refund is a multiple of 0.010 KWD.":    {events.Money{Amount: 950, Currency: "KWD"}, events.Money{Amount: 901, Currency: "KWD"}},
	} {
		p := Payment(events.PaymentState{Status: events.PaymentCapturedStatus, Amount: c.taken, Captured: c.taken.Amount})
		_, _, err := p.RequestRefund("r", events.RefundRequest{Amount: c.asked, Reason: events.Said("r")}, time.Now())
		if problem, ok := errors.AsType[*events.Problem](err); !ok || problem.Detail != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
