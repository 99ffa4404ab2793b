package payment

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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

func setup(t *testing.T, change ...func(*paymentgateway.Config)) provider {
	t.Helper()
	p := provider{hooks: make(chan hook, 100)}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.hooks <- hook{r.Header, body}
	}))
	t.Cleanup(receiver.Close)
	config := paymentgateway.Config{
		DataDir: t.TempDir(), Key: "sk_test_mart", WebhookURL: receiver.URL, WebhookSecret: webhookSecret, Log: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&config)
	}
	gateway, err := paymentgateway.Open(config)
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
