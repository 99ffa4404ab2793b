package payment

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/paymentgateway"
)

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
	for name, call := range map[string]func() (Outcome, error){
		"no payment":        func() (Outcome, error) { return p.Authorize(t.Context(), Authorization{}) },
		"unknown reference": func() (Outcome, error) { return p.Capture(t.Context(), step("pi_unknown")) },
		"nothing to find":   func() (Outcome, error) { return p.Find(t.Context(), "pi_unknown") },
	} {
		if o, err := call(); !errors.Is(err, ErrProviderRequest) {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
}

// A payment that is asked for again in other words, after a change of settings, is the one that is there: it is neither refused nor charged twice.
func TestAPaymentAskedForInOtherWordsIsTheSame(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]Status{"pm_card_visa": Authorized, "pm_card_authenticationRequired": RequiresAction} {
		p := setup(t)
		before, err := p.Authorize(t.Context(), wish(method))
		if err != nil || before.Status != want {
			t.Fatalf("%+v, %v", before, err)
		}
		elsewhere := wish(method)
		elsewhere.ReturnURL = "https://shop.example/elsewhere"
		if again, err := p.Authorize(t.Context(), elsewhere); err != nil || again != before {
			t.Errorf("%s: %+v, %v; want %+v", method, again, err, before)
		}
		dearer := wish(method)
		dearer.Amount++
		if o, err := p.Authorize(t.Context(), dearer); !errors.Is(err, ErrAmountMismatch) || o.Ref != before.Ref {
			t.Errorf("%s, other amount: %+v, %v", method, o, err)
		}
		if s := p.charged(); s.Intents > 1 {
			t.Errorf("%+v", s)
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
