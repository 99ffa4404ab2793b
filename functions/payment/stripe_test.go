package payment

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"
	"github.com/stripe/stripe-go/v82/webhook"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	var c ProviderConfig
	err := envconfig.ProcessWith(t.Context(), &envconfig.Config{Target: &c, Lookuper: envconfig.MapLookuper(map[string]string{
		"PAYMENT_PROVIDER_KEY": "sk_test_1", "PAYMENT_WEBHOOK_SECRET": "whsec_1",
	})})
	if err != nil {
		t.Fatal(err)
	}
	want := ProviderConfig{URL: "https://api.stripe.com", Key: "sk_test_1", WebhookSecret: "whsec_1", Timeout: 8 * time.Second}
	if d := cmp.Diff(want, c); d != "" {
		t.Error(d)
	}
	if _, err := NewStripe(c); err != nil {
		t.Error(err)
	}
	for setting, bad := range map[string]ProviderConfig{
		"PAYMENT_PROVIDER_URL is \"stripe\"": {URL: "stripe", Key: "sk_test_1", WebhookSecret: "whsec_1"},
		"PAYMENT_PROVIDER_KEY":               {URL: want.URL, WebhookSecret: "whsec_1"},
		"PAYMENT_WEBHOOK_SECRET":             {URL: want.URL, Key: "sk_test_1"},
		"use https":                          {URL: "http://stripe", Key: "sk_live_1", WebhookSecret: "whsec_1"},
	} {
		if _, err := NewStripe(bad); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("got %v, want %s in it", err, setting)
		}
	}
}

// TestRequests pins what goes over the wire, since real Stripe reads the same.
func TestRequests(t *testing.T) {
	t.Parallel()
	type sent struct{ Line, Key, Form string }
	var have []sent
	var machine, telemetry bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.QueryUnescape(string(body))
		have = append(have, sent{r.Method + " " + r.URL.RequestURI(), r.Header.Get("Idempotency-Key"), form})
		machine = machine || r.Header.Get("X-Stripe-Client-User-Agent") != ""
		telemetry = telemetry || r.Header.Get("X-Stripe-Client-Telemetry") != ""
		w.Header().Set("Request-Id", "req_1")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"error": {"type": "api_error"}}`)
	}))
	t.Cleanup(server.Close)
	s := client(t, ProviderConfig{URL: server.URL, Key: "sk_test_mart", WebhookSecret: webhookSecret})
	_, _ = s.Authorize(t.Context(), Authorization{"p1", "o1", 1250, "EUR", "pm_card_visa", "https://shop.example/", time.Time{}})
	_, _ = s.Capture(t.Context(), Step{"p1", "pi_1", 1250, "EUR"})
	_, _ = s.Cancel(t.Context(), Step{"p1", "pi_1", 1250, "EUR"})
	_, _ = s.Refund(t.Context(), Refund{"r1", "p1", "pi_1", 300, "EUR"})
	for i := range have {
		pairs := strings.Split(have[i].Form, "&")
		have[i].Form = strings.Join(sorted(pairs), " ")
	}
	want := []sent{
		{
			"POST /v1/payment_intents", "p1:authorize",
			"amount=1250 capture_method=manual confirm=true currency=eur metadata[order_id]=o1 metadata[payment_id]=p1 " +
				"payment_method=pm_card_visa payment_method_types[0]=card return_url=https://shop.example/",
		},
		{"GET /v1/payment_intents/search?query=metadata%5B%27payment_id%27%5D%3A%27p1%27", "", ""},
		{"POST /v1/payment_intents/pi_1/capture", "p1:capture", "amount_to_capture=1250"},
		{"GET /v1/payment_intents/pi_1", "", ""},
		{"POST /v1/payment_intents/pi_1/cancel", "p1:cancel", ""},
		{"GET /v1/payment_intents/pi_1", "", ""},
		{"POST /v1/refunds", "r1:refund", "amount=300 metadata[payment_id]=p1 metadata[refund_id]=r1 payment_intent=pi_1"},
		{"GET /v1/refunds?limit=100&payment_intent=pi_1", "", ""},
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
	if machine || telemetry {
		t.Errorf("the machine is described: %t, telemetry: %t", machine, telemetry)
	}
}

func TestWebhooksOfNoConcern(t *testing.T) {
	t.Parallel()
	s := client(t, ProviderConfig{URL: "http://127.0.0.1", Key: "sk_test_mart", WebhookSecret: webhookSecret})
	for name, body := range map[string]string{
		"another type":     `{"id": "evt_1", "type": "customer.created", "api_version": "2020-08-27", "data": {"object": {}}}`,
		"no payment of us": `{"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1", "status": "succeeded"}}}`,
		"not settled": `{"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object":
			{"id": "pi_1", "status": "processing", "metadata": {"payment_id": "p1"}}}}`,
		"no data": `{"id": "evt_1", "type": "payment_intent.succeeded"}`,
	} {
		signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(body), Secret: webhookSecret})
		ev, err := s.ParseWebhook(http.Header{"Stripe-Signature": {signed.Header}}, []byte(body), time.Now())
		if err != nil || ev.Relevant || ev.ID != "evt_1" {
			t.Errorf("%s: %+v, %v", name, ev, err)
		}
	}
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}
