package stripemock

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jsval"
	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"
	"github.com/stripe/stripe-mock/spec"

	"github.com/onlinemart/mart/functions/payment"
	"github.com/onlinemart/mart/infra/paymentgateway"
)

// description is Stripe's OpenAPI document, parsed once: it has eight megabytes.
var description = sync.OnceValues(func() (*spec.Spec, error) { return server.LoadSpec(embedded.OpenAPISpec, "") })

func describe(t *testing.T) *spec.Spec {
	t.Helper()
	d, err := description()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newStub(t *testing.T) *server.StubServer {
	t.Helper()
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		t.Fatal(err)
	}
	stub, err := server.NewStubServer(fixtures, describe(t), false, false)
	if err != nil {
		t.Fatal(err)
	}
	return stub
}

// TestStripeUnderstandsTheProvider has stripe-mock check each request's parameters; its answers are fixtures, so only
// that they can be read matters.
func TestStripeUnderstandsTheProvider(t *testing.T) {
	t.Parallel()
	stub := newStub(t)
	var requests []string
	mock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		stub.HandleRequest(answer, r)
		requests = append(requests, r.Method+" "+r.URL.Path)
		if answer.Code != http.StatusOK {
			t.Errorf("%s %s: %d %s", r.Method, r.URL, answer.Code, answer.Body)
		}
		w.WriteHeader(answer.Code)
		if strings.HasSuffix(r.URL.Path, "/search") {
			_, _ = io.WriteString(w, `{"object": "search_result", "data": []}`) // so that the list is asked too
			return
		}
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(mock.Close)
	p, err := payment.NewStripe(payment.ProviderConfig{URL: mock.URL, Key: "sk_test_123", WebhookSecret: "whsec_1"})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = p.Authorize(t.Context(), payment.Authorization{
		PaymentID: "p1", OrderID: "o1", Amount: 1250, Currency: "EUR", Method: "pm_card_visa", ReturnURL: "https://shop.example/",
	})
	step := payment.Step{PaymentID: "p1", Ref: "pi_1", Amount: 1250, Currency: "EUR"}
	_, _ = p.Capture(t.Context(), step)
	_, _ = p.Cancel(t.Context(), step)
	_, _ = p.Find(t.Context(), "pi_1")
	_, _ = p.Refund(t.Context(), payment.Refund{RefundID: "r1", PaymentID: "p1", Ref: "pi_1", Amount: 300, Currency: "EUR"})
	_, _ = p.FindAuthorization(t.Context(), payment.Authorization{PaymentID: "p1", Amount: 1250, Currency: "EUR", Began: time.Now()})
	_, _ = p.FindRefund(t.Context(), payment.Refund{RefundID: "r1", PaymentID: "p1", Ref: "pi_1", Amount: 300, Currency: "EUR"})
	want := []string{
		"POST /v1/payment_intents", "POST /v1/payment_intents/pi_1/capture", "POST /v1/payment_intents/pi_1/cancel", "GET /v1/payment_intents/pi_1",
		"POST /v1/refunds", "GET /v1/payment_intents/search", "GET /v1/payment_intents", "GET /v1/refunds",
	}
	if strings.Join(requests, ", ") != strings.Join(want, ", ") {
		t.Errorf("asked %v, want %v", requests, want)
	}
}

// TestTheGatewayAnswersAsStripe judges the gateway's objects by the schemas of Stripe's.
func TestTheGatewayAnswersAsStripe(t *testing.T) {
	t.Parallel()
	events := make(chan []byte, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		events <- body
	}))
	t.Cleanup(receiver.Close)
	g, err := paymentgateway.Open(paymentgateway.Config{DataDir: t.TempDir(), WebhookURL: receiver.URL, WebhookSecret: "whsec_1"})
	if err != nil {
		t.Fatal(err)
	}
	gateway := httptest.NewServer(g)
	t.Cleanup(func() {
		gateway.Close()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	call := func(path string, form ...string) []byte {
		t.Helper()
		v := url.Values{}
		for i := 0; i < len(form); i += 2 {
			v.Set(form[i], form[i+1])
		}
		return post(t, gateway.URL+path, v)
	}
	pay := func(token string) []byte {
		return call("/v1/payment_intents", "amount", "1250", "currency", "eur", "payment_method", token, "confirm", "true",
			"capture_method", "manual", "return_url", "https://shop.example/", "metadata[payment_id]", "p1")
	}
	paid := pay("pm_card_visa")
	ref := "/v1/payment_intents/" + id(t, paid)
	check(t, "payment_intent", paid)
	check(t, "payment_intent", pay("pm_card_threeDSecure2Required"))
	check(t, "payment_intent", call(ref+"/capture"))
	check(t, "refund", call("/v1/refunds", "payment_intent", id(t, paid)))
	check(t, "payment_intent", call("/v1/payment_intents/"+id(t, pay("pm_card_visa"))+"/cancel"))
	check(t, "error", pay("pm_card_chargeDeclinedInsufficientFunds"))
	check(t, "error", pay("pm_card_nobodyKnows"))
	check(t, "error", call(ref+"/capture"))
	check(t, "event", <-events)
}

func post(t *testing.T, to string, form url.Values) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer sk_test_123")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func id(t *testing.T, object []byte) string {
	t.Helper()
	var o struct{ ID string }
	if err := json.Unmarshal(object, &o); err != nil || o.ID == "" {
		t.Fatalf("no id in %s: %v", object, err)
	}
	return o.ID
}

// validators by the name of a schema; each is compiled once.
var validators sync.Map

func check(t *testing.T, name string, body []byte) {
	t.Helper()
	for _, fault := range faultsOf(t, name, body) {
		t.Errorf("%s: %s in %s", name, fault, body)
	}
}

func faultsOf(t *testing.T, name string, body []byte) (faults []string) {
	t.Helper()
	d := describe(t)
	v, ok := validators.Load(name)
	if !ok {
		compiled, err := spec.GetValidatorForOpenAPI3Schema(d.Components.Schemas[name], spec.GetComponentsForValidation(&d.Components))
		if err != nil {
			t.Fatal(err)
		}
		v, _ = validators.LoadOrStore(name, compiled)
	}
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		t.Fatal(err)
	}
	if err := v.(*jsval.JSVal).Validate(object); err != nil {
		faults = append(faults, err.Error())
	}
	known := d.Components.Schemas[name].Properties
	for field := range object {
		if known[field] == nil {
			faults = append(faults, "no field "+field)
		}
	}
	return faults
}

// TestTheJudgesHaveTeeth has them refuse what is wrong.
func TestTheJudgesHaveTeeth(t *testing.T) {
	t.Parallel()
	refund := map[string]any{
		"id": "re_1", "object": "refund", "amount": 1, "currency": "eur", "created": 1, "status": "succeeded", "charge": nil,
		"metadata": nil, "payment_intent": nil, "reason": nil, "receipt_number": nil, "balance_transaction": nil,
		"source_transfer_reversal": nil, "transfer_reversal": nil,
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		faults int
	}{
		"as it is":        {func(map[string]any) {}, 0},
		"without amount":  {func(r map[string]any) { delete(r, "amount") }, 1},
		"amount in words": {func(r map[string]any) { r["amount"] = "one" }, 1},
		"a field of ours": {func(r map[string]any) { r["ours"] = 1 }, 1},
		"another object":  {func(r map[string]any) { r["object"] = "payment" }, 1},
	} {
		changed := maps.Clone(refund)
		c.change(changed)
		body, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		if faults := faultsOf(t, "refund", body); len(faults) != c.faults {
			t.Errorf("%s: %v", name, faults)
		}
	}
	stub := newStub(t)
	for form, status := range map[string]int{
		"amount=1250&currency=eur": 200, "amount=1250&currency=eur&price=1": 400, "amount=ten&currency=eur": 400, "currency=eur": 400,
	} {
		r := httptest.NewRequest(http.MethodPost, "/v1/payment_intents", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer sk_test_123")
		answer := httptest.NewRecorder()
		stub.HandleRequest(answer, r)
		if answer.Code != status {
			t.Errorf("%s: %d, want %d: %s", form, answer.Code, status, answer.Body)
		}
	}
}
