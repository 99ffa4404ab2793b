package payment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v82/webhook"
)

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
	case <-time.After(2 * time.Minute):
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
		"ahead":        func() (WebhookEvent, error) { return p.ParseWebhook(h.header, h.body, now.Add(-302*time.Second)) },
		"far ahead":    func() (WebhookEvent, error) { return p.ParseWebhook(h.header, h.body, now.Add(-time.Hour)) },
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
	if _, err := p.ParseWebhook(h.header, h.body, now.Add(-290*time.Second)); err != nil {
		t.Errorf("a clock that is a little slow: %v", err)
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

// A customer is sent to no address that would do something else than open a page: a provider whose answers are changed on their way must not
// be able to run anything in the storefront.
func TestRedirectsArePages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ provider, redirect, want string }{
		{"https://api.example.com", "https://hooks.example.com/3ds?a=1", "https://hooks.example.com/3ds?a=1"},
		{"https://api.example.com", "http://hooks.example.com/3ds", ""},
		{"https://api.example.com", "javascript:alert(1)", ""},
		{"http://127.0.0.1:12111", "http://127.0.0.1:12111/3ds", "http://127.0.0.1:12111/3ds"},
		{"http://127.0.0.1:12111", "javascript:alert(1)", ""},
	} {
		s := client(t, ProviderConfig{URL: c.provider, Key: "sk_test_mart", WebhookSecret: webhookSecret})
		body := fmt.Appendf(nil, `{"id": "evt_1", "object": "event", "type": "payment_intent.requires_action", "data": {"object": {"id": "pi_1", "object": "payment_intent",
			"status": "requires_action", "amount": 1250, "currency": "eur", "metadata": {"payment_id": "p1"},
			"next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": %q}}}}}`, c.redirect)
		signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: webhookSecret})
		e, err := s.ParseWebhook(http.Header{"Stripe-Signature": {signed.Header}}, body, time.Now())
		if err != nil || !e.Relevant || e.Outcome.RedirectURL != c.want {
			t.Errorf("%+v: %+v %v", c, e, err)
		}
	}
}
