package payment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/paymentgateway"
)

const webhookSecret = "whsec_for_tests"

// provider is the port under test, with the gateway behind it.
type provider struct {
	Provider
	gateway *paymentgateway.Gateway
	url     string
	hooks   chan hook
}

type hook struct {
	header http.Header
	body   []byte
}

func setup(t *testing.T) provider {
	t.Helper()
	p := provider{hooks: make(chan hook, 100)}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.hooks <- hook{r.Header, body}
	}))
	t.Cleanup(receiver.Close)
	gateway, err := paymentgateway.Open(paymentgateway.Config{
		DataDir: t.TempDir(), Key: "sk_test_mart", WebhookURL: receiver.URL, WebhookSecret: webhookSecret, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gateway)
	t.Cleanup(func() {
		server.Close()
		if err := gateway.Close(); err != nil {
			t.Error(err)
		}
	})
	p.gateway, p.url = gateway, server.URL
	p.Provider = client(t, ProviderConfig{URL: server.URL, Key: "sk_test_mart", WebhookSecret: webhookSecret})
	return p
}

func client(t *testing.T, c ProviderConfig) *Stripe {
	t.Helper()
	s, err := NewStripe(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wish(method string) Authorization {
	return Authorization{
		PaymentID: "0193a1b2-0000-7000-8000-000000000001", OrderID: "o1", Amount: 1250, Currency: "EUR", Method: method,
		ReturnURL: "https://shop.example/back",
	}
}

func step(ref string) Step {
	return Step{PaymentID: wish("").PaymentID, Ref: ref, Amount: 1250, Currency: "EUR"}
}

func (p provider) fault(t *testing.T, on, mode string) {
	t.Helper()
	body := fmt.Sprintf(`{"on": %q, "mode": %q}`, on, mode)
	res, err := http.Post(p.url+"/test/faults", "application/json", strings.NewReader(body))
	if err != nil || res.StatusCode != http.StatusNoContent {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
}

// charged is what the gateway's ledger says of the payment.
func (p provider) charged() paymentgateway.Sums {
	return p.gateway.Ledger().ByPayment[wish("").PaymentID]
}

// blank leaves out the provider's own ids.
func blank(o Outcome) Outcome {
	if o.Ref != "" {
		o.Ref = o.Ref[:3]
	}
	if o.RedirectURL != "" {
		o.RedirectURL = "a page"
	}
	return o
}

func TestAuthorize(t *testing.T) {
	t.Parallel()
	p := setup(t)
	declined := func(code, message, reason string) Outcome {
		return Outcome{Status: Declined, Ref: "pi_", Amount: 1250, Currency: "EUR", Failure: Failure{code, message, reason}}
	}
	authorized := Outcome{Status: Authorized, Ref: "pi_", Amount: 1250, Currency: "EUR"}
	challenge := Outcome{Status: RequiresAction, Ref: "pi_", Amount: 1250, Currency: "EUR", RedirectURL: "a page"}
	for method, want := range map[string]Outcome{
		"pm_card_visa":                            authorized,
		"pm_card_visa_debit":                      authorized,
		"pm_card_mastercard":                      authorized,
		"pm_card_chargeDeclined":                  declined("card_declined", "Your card was declined.", "generic_decline"),
		"pm_card_chargeDeclinedInsufficientFunds": declined("insufficient_funds", "Your card has insufficient funds.", "insufficient_funds"),
		"pm_card_chargeDeclinedLostCard":          declined("card_declined", "Your card was declined.", "lost_card"),
		"pm_card_chargeDeclinedStolenCard":        declined("card_declined", "Your card was declined.", "stolen_card"),
		"pm_card_chargeDeclinedExpiredCard":       declined("expired_card", "Your card has expired.", ""),
		"pm_card_chargeDeclinedIncorrectCvc":      declined("incorrect_cvc", "Your card's security code is incorrect.", ""),
		"pm_card_chargeDeclinedProcessingError":   declined("processing_error", "An error occurred while processing your card. Try again in a little bit.", ""),
		"pm_card_authenticationRequired":          challenge,
		"pm_card_threeDSecure2Required":           challenge,
		"pm_card_nobodyKnows": {
			Status: Declined, Failure: Failure{"payment_method_unknown", "The payment method is not known to the provider.", "resource_missing"},
		},
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			a := wish(method)
			a.PaymentID = method
			first, err := p.Authorize(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, blank(first)); d != "" {
				t.Error(d)
			}
			if again, err := p.Authorize(t.Context(), a); err != nil || again != first {
				t.Errorf("again: %+v, %v", again, err)
			}
		})
	}
}

func TestPurchaseAndRefund(t *testing.T) {
	t.Parallel()
	p := setup(t)
	o, err := p.Authorize(t.Context(), wish("pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	captured, err := p.Capture(t.Context(), step(o.Ref))
	if err != nil {
		t.Fatal(err)
	}
	r := Refund{RefundID: "r1", PaymentID: wish("").PaymentID, Ref: o.Ref, Amount: 300, Currency: "EUR"}
	back, err := p.Refund(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Refund(t.Context(), r); err != nil || again != back {
		t.Errorf("again: %+v, %v", again, err)
	}
	late, err := p.Cancel(t.Context(), step(o.Ref))
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.Find(t.Context(), o.Ref)
	if err != nil {
		t.Fatal(err)
	}
	paid := Outcome{Status: Captured, Ref: o.Ref, Amount: 1250, Currency: "EUR"}
	want := []Outcome{paid, {Status: Refunded, Ref: "re_", Amount: 300, Currency: "EUR"}, paid, paid}
	if d := cmp.Diff(want, []Outcome{captured, blank(back), late, found}); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(paymentgateway.Sums{Currency: "eur", Intents: 1, Authorized: 1250, Captured: 1250, Refunded: 300}, p.charged()); d != "" {
		t.Error(d)
	}
	r.RefundID, r.Amount = "r2", 951
	if _, err := p.Refund(t.Context(), r); !errors.Is(err, ErrProviderRequest) {
		t.Errorf("more than is left: %v", err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	p := setup(t)
	o, err := p.Authorize(t.Context(), wish("pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		gone, err := p.Cancel(t.Context(), step(o.Ref))
		if want := (Outcome{Status: Canceled, Ref: o.Ref, Amount: 1250, Currency: "EUR"}); err != nil || gone != want {
			t.Errorf("%+v, %v", gone, err)
		}
	}
	if late, err := p.Capture(t.Context(), step(o.Ref)); err != nil || late.Status != Canceled {
		t.Errorf("captured after it was cancelled: %+v, %v", late, err)
	}
}

// TestUnknownThenOneCharge loses each step's answer in each way: the caller learns that it is unknown or, where the
// provider can be asked, the outcome; asking again settles it; money moves once.
func TestUnknownThenOneCharge(t *testing.T) {
	t.Parallel()
	steps := map[string]func(context.Context, provider, string) (Outcome, error){
		"create": func(ctx context.Context, p provider, _ string) (Outcome, error) {
			return p.Authorize(ctx, wish("pm_card_visa"))
		},
		"capture": func(ctx context.Context, p provider, ref string) (Outcome, error) {
			return p.Capture(ctx, step(ref))
		},
		"cancel": func(ctx context.Context, p provider, ref string) (Outcome, error) {
			return p.Cancel(ctx, step(ref))
		},
		"refund": func(ctx context.Context, p provider, ref string) (Outcome, error) {
			return p.Refund(ctx, Refund{RefundID: "r1", PaymentID: wish("").PaymentID, Ref: ref, Amount: 1250, Currency: "EUR"})
		},
	}
	want := map[string]Outcome{
		"create": {Status: Authorized, Amount: 1250, Currency: "EUR"}, "capture": {Status: Captured, Amount: 1250, Currency: "EUR"},
		"cancel": {Status: Canceled, Amount: 1250, Currency: "EUR"}, "refund": {Status: Refunded, Amount: 1250, Currency: "EUR"},
	}
	sums := map[string]paymentgateway.Sums{
		"create":  {Currency: "eur", Intents: 1, Authorized: 1250},
		"capture": {Currency: "eur", Intents: 1, Authorized: 1250, Captured: 1250},
		"cancel":  {Currency: "eur", Intents: 1, Authorized: 1250, Released: 1250},
		"refund":  {Currency: "eur", Intents: 1, Authorized: 1250, Captured: 1250, Refunded: 1250},
	}
	for name, run := range steps {
		for _, mode := range []string{"cut_before", "cut_after", "hang_before", "hang_after", "error_after"} {
			t.Run(name+" "+mode, func(t *testing.T) {
				t.Parallel()
				p := setup(t)
				ref := p.bring(t, name)
				p.fault(t, name, mode)
				p.Provider = client(t, ProviderConfig{URL: p.url, Key: "sk_test_mart", WebhookSecret: webhookSecret, Timeout: 300 * time.Millisecond})
				if o, err := run(t.Context(), p, ref); mode != "error_after" && !errors.Is(err, ErrUnknown) {
					t.Errorf("first: %+v, %v", o, err)
				}
				p.Provider = client(t, ProviderConfig{URL: p.url, Key: "sk_test_mart", WebhookSecret: webhookSecret})
				o, err := run(t.Context(), p, ref)
				if err != nil {
					t.Fatal(err)
				}
				o.Ref = ""
				if d := cmp.Diff(want[name], o); d != "" {
					t.Error(d)
				}
				if d := cmp.Diff(sums[name], p.charged()); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

// bring takes a payment to where a step can be tried on it.
func (p provider) bring(t *testing.T, to string) string {
	t.Helper()
	if to == "create" {
		return ""
	}
	o, err := p.Authorize(t.Context(), wish("pm_card_visa"))
	if err == nil && to == "refund" {
		_, err = p.Capture(t.Context(), step(o.Ref))
	}
	if err != nil {
		t.Fatal(err)
	}
	return o.Ref
}

func TestOtherAmountIsRefused(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.fault(t, "create", "other_amount")
	o, err := p.Authorize(t.Context(), wish("pm_card_visa"))
	if !errors.Is(err, ErrAmountMismatch) || o.Ref == "" {
		t.Fatalf("%+v, %v", o, err)
	}
	if gone, err := p.Cancel(t.Context(), step(o.Ref)); err != nil || gone.Status != Canceled {
		t.Errorf("%+v, %v", gone, err)
	}
	a := wish("pm_card_visa")
	a.PaymentID = "p2"
	o, err = p.Authorize(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	p.fault(t, "capture", "other_amount")
	if _, err := p.Capture(t.Context(), Step{"p2", o.Ref, 1250, "EUR"}); !errors.Is(err, ErrAmountMismatch) {
		t.Errorf("capture: %v", err)
	}
	p.fault(t, "refund", "other_amount")
	if _, err := p.Refund(t.Context(), Refund{"r1", "p2", o.Ref, 1250, "EUR"}); !errors.Is(err, ErrAmountMismatch) {
		t.Errorf("refund: %v", err)
	}
	for _, other := range []Outcome{{Ref: "pi_", Amount: 1250, Currency: "USD"}, {Ref: "pi_", Amount: 125000, Currency: "EUR"}} {
		if err := other.must("authorize", 1250, "EUR"); !errors.Is(err, ErrAmountMismatch) {
			t.Errorf("%+v: %v", other, err)
		}
	}
}

func TestManyAtOnceChargeOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if o, err := p.Authorize(t.Context(), wish("pm_card_visa")); err != nil && !errors.Is(err, ErrUnknown) {
				t.Errorf("%+v, %v", o, err)
			}
		})
	}
	all.Wait()
	if s := p.charged(); s.Authorized != 1250 || s.Intents != 1 {
		t.Errorf("%+v", s)
	}
}

func TestPermanentErrors(t *testing.T) {
	t.Parallel()
	p := setup(t)
	wrong := client(t, ProviderConfig{URL: p.url, Key: "sk_test_wrong", WebhookSecret: webhookSecret})
	if _, err := wrong.Authorize(t.Context(), wish("pm_card_visa")); !errors.Is(err, ErrProviderKey) || strings.Contains(err.Error(), "sk_test") {
		t.Errorf("wrong key: %v", err)
	}
	if _, err := p.Authorize(t.Context(), wish("pm_card_visa")); err != nil {
		t.Fatal(err)
	}
	dearer := wish("pm_card_visa")
	dearer.Amount++
	for name, call := range map[string]func() (Outcome, error){
		"same payment, other amount": func() (Outcome, error) { return p.Authorize(t.Context(), dearer) },
		"no payment":                 func() (Outcome, error) { return p.Authorize(t.Context(), Authorization{}) },
		"unknown reference":          func() (Outcome, error) { return p.Capture(t.Context(), step("pi_unknown")) },
		"nothing to find":            func() (Outcome, error) { return p.Find(t.Context(), "pi_unknown") },
	} {
		if o, err := call(); !errors.Is(err, ErrProviderRequest) {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
}

func TestNobodyThereIsUnknown(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{
		"a proxy's page": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>")
		},
		"half an answer": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id": "pi_1", "sta`) },
		"too busy": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"error": {"type": "invalid_request_error", "code": "rate_limit"}}`)
		},
		"not settled": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"id": "pi_1", "status": "processing"}`)
		},
		"elsewhere": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
	}
	for name, answer := range answers {
		server := httptest.NewServer(answer)
		t.Cleanup(server.Close)
		s := client(t, ProviderConfig{URL: server.URL, Key: "sk_test_mart", WebhookSecret: webhookSecret})
		if o, err := s.Authorize(t.Context(), wish("pm_card_visa")); !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	s := client(t, ProviderConfig{URL: "http://127.0.0.1:1", Key: "sk_test_mart", WebhookSecret: webhookSecret})
	if _, err := s.Authorize(t.Context(), wish("pm_card_visa")); !errors.Is(err, ErrUnknown) {
		t.Errorf("nobody listens: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := setup(t).Authorize(ctx, wish("pm_card_visa")); !errors.Is(err, ErrUnknown) || !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// TestChallenge has the buyer answer the 3-D Secure page; the webhook tells how it ended.
func TestChallenge(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]Outcome{
		"complete": {Status: Authorized, Ref: "pi_", Amount: 1250, Currency: "EUR"},
		"fail": {Status: Declined, Ref: "pi_", Amount: 1250, Currency: "EUR", Failure: Failure{
			Code: "payment_intent_authentication_failure", Message: "The provided PaymentMethod has failed authentication.",
		}},
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			o, err := p.Authorize(t.Context(), wish("pm_card_threeDSecure2Required"))
			if err != nil {
				t.Fatal(err)
			}
			asked := p.event(t)
			browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			res, err := browser.PostForm(o.RedirectURL, url.Values{"outcome": {answer}})
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			told := p.event(t)
			found, err := p.Find(t.Context(), o.Ref)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]any{RequiresAction, want, want}, []any{asked.Outcome.Status, blank(told.Outcome), blank(found)}); d != "" {
				t.Error(d)
			}
			if told.PaymentID != wish("").PaymentID || told.OrderID != "o1" || !told.Relevant {
				t.Errorf("%+v", told)
			}
		})
	}
}

// event takes the next webhook.
func (p provider) event(t *testing.T) WebhookEvent {
	t.Helper()
	select {
	case h := <-p.hooks:
		ev, err := p.ParseWebhook(h.header, h.body, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return ev
	case <-time.After(10 * time.Second):
		t.Fatal("no webhook came")
		return WebhookEvent{}
	}
}

func TestWebhooksOfAPurchase(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ref := p.bring(t, "refund")
	if _, err := p.Refund(t.Context(), Refund{"r1", wish("").PaymentID, ref, 300, "EUR"}); err != nil {
		t.Fatal(err)
	}
	told := map[string]Outcome{}
	for range 3 {
		ev := p.event(t)
		told[ev.Type+ev.RefundID] = blank(ev.Outcome)
	}
	want := map[string]Outcome{
		"payment_intent.amount_capturable_updated": {Status: Authorized, Ref: "pi_", Amount: 1250, Currency: "EUR"},
		"payment_intent.succeeded":                 {Status: Captured, Ref: "pi_", Amount: 1250, Currency: "EUR"},
		"refund.createdr1":                         {Status: Refunded, Ref: "re_", Amount: 300, Currency: "EUR"},
	}
	if d := cmp.Diff(want, told); d != "" {
		t.Error(d)
	}
}

func TestWebhookSignature(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.bring(t, "cancel")
	h := <-p.hooks
	now := time.Now()
	edited := bytes.Replace(h.body, []byte("1250"), []byte("1000"), 1)
	other := client(t, ProviderConfig{URL: p.url, Key: "sk_test_mart", WebhookSecret: "whsec_other"})
	for name, parse := range map[string]func() (WebhookEvent, error){
		"wrong secret": func() (WebhookEvent, error) { return other.ParseWebhook(h.header, h.body, now) },
		"old":          func() (WebhookEvent, error) { return p.ParseWebhook(h.header, h.body, now.Add(302*time.Second)) },
		"edited":       func() (WebhookEvent, error) { return p.ParseWebhook(h.header, edited, now) },
		"unsigned":     func() (WebhookEvent, error) { return p.ParseWebhook(http.Header{}, h.body, now) },
		"no JSON":      func() (WebhookEvent, error) { return p.ParseWebhook(h.header, []byte("?"), now) },
	} {
		if ev, err := parse(); !errors.Is(err, ErrWebhook) {
			t.Errorf("%s: %+v, %v", name, ev, err)
		}
	}
	first, err := p.ParseWebhook(h.header, h.body, now)
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := p.ParseWebhook(h.header, h.body, now.Add(290*time.Second))
	if err != nil || replayed != first {
		t.Errorf("replayed while young: %+v, %v", replayed, err)
	}
	var body map[string]any
	if err := json.Unmarshal(h.body, &body); err != nil || first.ID != body["id"] || first.ID == "" {
		t.Errorf("event %q of %v: %v", first.ID, body["id"], err)
	}
}
