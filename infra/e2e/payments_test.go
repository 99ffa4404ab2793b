package e2e

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/client"
)

// pay pays and waits until the payment has one of the statuses.
func (b buyer) pay(ctx context.Context, t *testing.T, order, method string, statuses ...string) client.Payment {
	t.Helper()
	p, err := b.Pay(ctx, order, method)
	if err != nil {
		t.Fatal(err)
	}
	p, err = client.Until(ctx, b.Client, "/payments/"+p.ID, func(p client.Payment) bool {
		for _, s := range statuses {
			if p.Status == s {
				return true
			}
		}
		return false
	})
	if err != nil {
		t.Fatalf("want the payment to be one of %v: %v", statuses, err)
	}
	return p
}

func TestDeclinedPaymentsChargeNothing(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	for method, code := range map[string]string{
		"pm_card_chargeDeclined":                  "card_declined",
		"pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			p, b, order := m.ordered(ctx, t)
			payment := b.pay(ctx, t, order.ID, method, "declined")
			if payment.Failure == nil || payment.Failure.Code != code {
				t.Errorf("failure: %+v, want %s", payment.Failure, code)
			}
			m.charged(ctx, t, payment.ID, 0)
			// The order is still there, and another card pays for it.
			second := b.pay(ctx, t, order.ID, "pm_card_visa", "captured")
			b.status(ctx, t, order.ID, "paid")
			m.charged(ctx, t, second.ID, 1999)
			m.stock(ctx, t, p.ID, 0, 0)
		})
	}
}

func TestThreeDSecureCompleted(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	_, b, order := m.ordered(ctx, t)
	payment := b.pay(ctx, t, order.ID, "pm_card_authenticationRequired", "requires_action")
	for _, path := range []string{"/payments/" + payment.ID, "/payments?orderId=" + order.ID} {
		seen := send(ctx, t, m.owner, http.MethodGet, path, nil)
		if body := string(seen.Body); seen.Status != http.StatusOK || !strings.Contains(body, "requires_action") || strings.Contains(body, "redirectUrl") {
			t.Errorf("staff see where the buyer goes: %d %s", seen.Status, body)
		}
		own := send(ctx, t, b.Client, http.MethodGet, path, nil, client.Header{Name: "If-None-Match", Value: seen.Header.Get("ETag")})
		if own.Status != http.StatusOK || !strings.Contains(string(own.Body), payment.NextAction.RedirectURL) {
			t.Errorf("the buyer does not: %d %s", own.Status, own.Body)
		}
	}
	visit(ctx, t, payment, "complete")
	b.status(ctx, t, order.ID, "paid")
	m.charged(ctx, t, payment.ID, 1999)
}

// A payment may name the page that its buyer comes back to, with what the provider adds; one elsewhere than the mart allows is refused, and nothing is begun.
func TestThreeDSecureLeadsBackToThePageThatThePaymentNames(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	_, b, order := m.ordered(ctx, t)
	wish := map[string]string{"orderId": order.ID, "paymentMethod": "pm_card_authenticationRequired", "returnUrl": "https://evil.example/paid"}
	refused(t, send(ctx, t, b.Client, http.MethodPost, "/payments", wish, client.NewKey()), nil, http.StatusUnprocessableEntity, "return_url_not_allowed")
	wish["returnUrl"] = "http://localhost:3000/orders/" + order.ID + "?from=bank"
	payment, err := client.Post[client.Payment](ctx, b.Client, "/payments", wish, client.NewKey(), client.Prefer("wait=10"))
	if err == nil && payment.Status != "requires_action" {
		payment, err = client.Until(ctx, b.Client, "/payments/"+payment.ID, func(p client.Payment) bool { return p.Status == "requires_action" })
	}
	if err != nil {
		t.Fatal(err)
	}
	back := visit(ctx, t, payment, "complete")
	q := back.Query()
	if at := back.Scheme + "://" + back.Host + back.Path; at != "http://localhost:3000/orders/"+order.ID || q.Get("from") != "bank" || q.Get("redirect_status") != "succeeded" || q.Get("payment_intent") == "" {
		t.Errorf("the buyer comes back to %s", back)
	}
	b.status(ctx, t, order.ID, "paid")
	m.charged(ctx, t, payment.ID, 1999)
}

func TestThreeDSecureFailed(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	_, b, order := m.ordered(ctx, t)
	payment := b.pay(ctx, t, order.ID, "pm_card_authenticationRequired", "requires_action")
	visit(ctx, t, payment, "fail")
	if _, err := client.Until(ctx, b.Client, "/payments/"+payment.ID, func(p client.Payment) bool { return p.Status == "declined" }); err != nil {
		t.Error(err)
	}
	m.charged(ctx, t, payment.ID, 0)
}

// Whoever comes back from their bank undecided gives the payment up and pays with another card; they are charged once, and the bank's page does nothing any more.
func TestThreeDSecureGivenUpForAnotherCard(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 1)
	b := m.buyer(ctx, t)
	order := b.order(ctx, t, p.ID, 1)
	first := b.pay(ctx, t, order.ID, "pm_card_authenticationRequired", "requires_action")
	wish := map[string]string{"orderId": order.ID, "paymentMethod": "pm_card_visa"}
	refused(t, send(ctx, t, b.Client, http.MethodPost, "/payments", wish, client.NewKey()), nil, http.StatusConflict, "payment_in_progress")
	other := m.buyer(ctx, t)
	refused(t, send(ctx, t, other.Client, http.MethodPost, "/payments/"+first.ID+"/cancellation", nil, client.NewKey()), nil, http.StatusNotFound, "not_found")
	given, err := client.Post[client.Payment](ctx, b.Client, "/payments/"+first.ID+"/cancellation", nil, client.NewKey(), client.Prefer("wait=10"))
	if err == nil && given.Status != "voided" {
		given, err = client.Until(ctx, b.Client, "/payments/"+first.ID, func(p client.Payment) bool { return p.Status == "voided" })
	}
	if err != nil || given.NextAction != nil {
		t.Fatalf("%v, %+v", err, given)
	}
	second := b.pay(ctx, t, order.ID, "pm_card_visa", "captured")
	b.status(ctx, t, order.ID, "paid")
	refused(t, send(ctx, t, b.Client, http.MethodPost, "/payments/"+second.ID+"/cancellation", nil, client.NewKey()), nil, http.StatusConflict, "payment_not_cancellable")
	m.charged(ctx, t, first.ID, 0)
	m.charged(ctx, t, second.ID, 1999)
}

// visit does what the buyer does in a browser at their bank, and says where they are led then.
func visit(ctx context.Context, t *testing.T, p client.Payment, outcome string) *url.URL {
	t.Helper()
	if p.NextAction == nil || p.NextAction.RedirectURL == "" {
		t.Fatalf("nobody says where to go: %+v", p)
	}
	at, err := url.Parse(p.NextAction.RedirectURL)
	if err != nil {
		t.Fatal(err)
	}
	a := send(ctx, t, client.New(at.Scheme+"://"+at.Host), http.MethodPost, at.RequestURI(), url.Values{"outcome": {outcome}})
	if a.Status >= http.StatusBadRequest {
		t.Fatalf("the 3-D Secure page: %d %s", a.Status, a.Body)
	}
	back, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// The provider takes the money and its answer is lost: the order is paid for once and nobody is charged twice.
func TestLostAnswersOfTheProvider(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	for _, method := range []string{"pm_test_cutAfterCharge", "pm_test_errorAfterCharge", "pm_test_cutAfterCapture", "pm_test_errorAfterCapture", "pm_test_cutBeforeCharge"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			p, b, order := m.ordered(ctx, t)
			payment := b.pay(ctx, t, order.ID, method, "captured")
			b.status(ctx, t, order.ID, "paid")
			m.charged(ctx, t, payment.ID, 1999)
			m.stock(ctx, t, p.ID, 0, 0)
		})
	}
}

// One order is paid for once, however often and however fast the buyer clicks.
func TestPayingTwice(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	_, b, order := m.ordered(ctx, t)
	type result struct {
		p   client.Payment
		err error
	}
	results := make(chan result, 8)
	for range cap(results) {
		go func() {
			p, err := b.Pay(ctx, order.ID, "pm_card_visa")
			results <- result{p, err}
		}()
	}
	payments := map[string]bool{}
	for range cap(results) {
		if r := <-results; r.err == nil {
			payments[r.p.ID] = true
		} else {
			refused(t, client.Answer{}, r.err, http.StatusConflict, "")
		}
	}
	if len(payments) != 1 {
		t.Errorf("%d payments were started, want one", len(payments))
	}
	b.status(ctx, t, order.ID, "paid")
	for id := range payments {
		m.charged(ctx, t, id, 1999)
	}
}
