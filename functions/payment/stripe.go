package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/onlinemart/mart/functions/internal/domain"
)

// providerTimeout ends a call before the delivery of the event that caused it is given up.
const providerTimeout = 8 * time.Second

// ProviderConfig reaches Stripe, or any server that speaks its API, such as the test gateway of infra/paymentgateway.
type ProviderConfig struct {
	URL           string `env:"PAYMENT_PROVIDER_URL, default=https://api.stripe.com" doc:"The provider's address: Stripe's, or one that speaks its API."`
	Key           string `env:"PAYMENT_PROVIDER_KEY, required" secret:"true" doc:"The provider's secret key: sk_…"`
	WebhookSecret string `env:"PAYMENT_WEBHOOK_SECRET, required" secret:"true" doc:"What the provider signs its webhooks with: whsec_…"`

	Timeout time.Duration `env:"PAYMENT_PROVIDER_TIMEOUT, default=8s" doc:"How long one call of the provider may take."`
}

// Check looks at all of them; it sends nothing.
func (c ProviderConfig) Check() error {
	_, err := NewStripe(c)
	return err
}

// Stripe is the Provider over Stripe's API.
type Stripe struct {
	api           endpoints
	webhookSecret string
	pages         []string // the schemes of addresses that customers may be sent to
}

var _ Provider = (*Stripe)(nil)

// NewStripe checks the settings; it sends nothing.
func NewStripe(c ProviderConfig) (*Stripe, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, fmt.Errorf("PAYMENT_PROVIDER_URL is %q: set it to an http or https URL", c.URL)
	case c.Key == "":
		return nil, errors.New("PAYMENT_PROVIDER_KEY is empty: set it to the provider's secret key (sk_…)")
	case c.WebhookSecret == "":
		return nil, errors.New("PAYMENT_WEBHOOK_SECRET is empty: set it to the signing secret of the webhook endpoint (whsec_…)")
	case u.Scheme == "http" && strings.Contains(c.Key, "_live_"):
		return nil, errors.New("PAYMENT_PROVIDER_URL is plain http with a live key: use https")
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     90 * time.Second,
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(c.URL),
		HTTPClient: &http.Client{
			Transport:     anonymous{transport},
			Timeout:       cmp.Or(c.Timeout, providerTimeout),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		MaxNetworkRetries: stripe.Int64(0), // whoever got ErrUnknown asks again, with the event's own patience
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull}, // errors are returned, the caller logs
	})
	pages := []string{"https"}
	if u.Scheme == "http" { // a test gateway, whose pages are like itself
		pages = append(pages, "http")
	}
	return &Stripe{api: endpoints{backend: backend, key: c.Key, host: u.Hostname()}, webhookSecret: c.WebhookSecret, pages: pages}, nil
}

// checked is an outcome without an address that no customer may be sent to: a page that shows it as a link would run a javascript: one.
func (s *Stripe) checked(o Outcome) Outcome {
	if !domain.Link(o.RedirectURL, s.pages...) {
		o.RedirectURL = ""
	}
	return o
}

// anonymous leaves out the header in which the client library describes this machine (uname -a).
type anonymous struct{ next http.RoundTripper }

// RoundTrip sends the request without that header.
func (a anonymous) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Del("X-Stripe-Client-User-Agent")
	return a.next.RoundTrip(r)
}

// Authorize creates and confirms a payment intent with manual capture.
func (s *Stripe) Authorize(ctx context.Context, a Authorization) (Outcome, error) {
	if a.PaymentID == "" || a.Method == "" {
		return Outcome{}, fmt.Errorf("authorize: %w: payment id or method is empty", ErrProviderRequest)
	}
	amount, ok := toStripe(a.Amount, a.Currency)
	if !ok {
		return Outcome{Status: Declined, Failure: notChargeable(a.Currency)}, nil
	}
	p := &stripe.PaymentIntentCreateParams{
		Amount:             stripe.Int64(amount),
		Currency:           stripe.String(strings.ToLower(a.Currency)),
		PaymentMethod:      stripe.String(a.Method),
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
		CaptureMethod:      stripe.String("manual"),
		Confirm:            stripe.Bool(true),
		Metadata:           map[string]string{"payment_id": a.PaymentID, "order_id": a.OrderID},
	}
	if a.ReturnURL != "" {
		p.ReturnURL = stripe.String(a.ReturnURL)
	}
	p.SetIdempotencyKey(a.PaymentID + ":authorize")
	answer, err := s.api.createIntent(ctx, p)
	o, err := settle(answer, err, func() (*stripe.PaymentIntent, error) { return s.searchAfterFailure(ctx, a.PaymentID) })
	if err != nil {
		return o, fmt.Errorf("authorize payment %s: %w", a.PaymentID, err)
	}
	return s.checked(o), o.must("authorize", a.Amount, a.Currency)
}

// Capture takes s.Amount of what was authorised.
func (s *Stripe) Capture(ctx context.Context, step Step) (Outcome, error) {
	amount, ok := toStripe(step.Amount, step.Currency)
	if !ok {
		return Outcome{}, fmt.Errorf("capture payment %s: %w: %d %s cannot be charged", step.PaymentID, ErrProviderRequest, step.Amount, step.Currency)
	}
	p := &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(amount)}
	p.SetIdempotencyKey(step.PaymentID + ":capture")
	answer, err := s.api.captureIntent(ctx, step.Ref, p)
	o, err := settle(answer, err, func() (*stripe.PaymentIntent, error) { return s.ifSettled(ctx, step.Ref) })
	if err != nil {
		return o, fmt.Errorf("capture payment %s: %w", step.PaymentID, err)
	}
	if o.Status != Captured {
		return o, nil
	}
	return o, o.must("capture", step.Amount, step.Currency)
}

// Cancel gives the authorisation up.
func (s *Stripe) Cancel(ctx context.Context, step Step) (Outcome, error) {
	p := &stripe.PaymentIntentCancelParams{}
	p.SetIdempotencyKey(step.PaymentID + ":cancel")
	answer, err := s.api.cancelIntent(ctx, step.Ref, p)
	o, err := settle(answer, err, func() (*stripe.PaymentIntent, error) { return s.ifSettled(ctx, step.Ref) })
	if err != nil {
		return o, fmt.Errorf("cancel payment %s: %w", step.PaymentID, err)
	}
	return o, nil
}

// Refund gives back r.Amount.
func (s *Stripe) Refund(ctx context.Context, r Refund) (Outcome, error) {
	amount, ok := toStripe(r.Amount, r.Currency)
	if !ok {
		return Outcome{Status: RefundFailed, Failure: notChargeable(r.Currency)}, nil
	}
	p := &stripe.RefundCreateParams{
		PaymentIntent: stripe.String(r.Ref),
		Metadata:      map[string]string{"payment_id": r.PaymentID, "refund_id": r.RefundID},
	}
	if r.Amount != AllOfIt {
		p.Amount = stripe.Int64(amount)
	}
	p.SetIdempotencyKey(r.RefundID + ":refund")
	answer, err := s.api.createRefund(ctx, p)
	if err != nil {
		answer, err = s.refundAfter(ctx, r, err)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("refund payment %s: %w", r.PaymentID, classify(err))
	}
	return r.outcome(answer)
}

// outcome is what a refund that the provider shows means for the one that was asked for.
func (r Refund) outcome(shown *stripe.Refund) (Outcome, error) {
	o, err := refundOutcome(shown)
	if r.Amount == AllOfIt && errors.Is(err, ErrAmountMismatch) {
		return o, nil // all is all, also what we could not have asked for
	}
	if err == nil && r.Amount != AllOfIt {
		err = o.must("refund", r.Amount, r.Currency)
	}
	if err != nil {
		return o, fmt.Errorf("refund %s of payment %s: %w", r.RefundID, r.PaymentID, err)
	}
	return o, nil
}

// Find reads a payment intent.
func (s *Stripe) Find(ctx context.Context, ref string) (Outcome, error) {
	answer, err := s.api.intent(ctx, ref)
	o, err := settle(answer, err, nil)
	if err != nil {
		return o, fmt.Errorf("find payment at the provider: %w", err)
	}
	return s.checked(o), nil
}

// must refuses an answer about other money than was asked for.
func (o Outcome) must(step string, amount int64, currency string) error {
	seen := o.Ref != "" // a payment that the provider never took up has no amount
	if seen && (o.Amount != amount || !strings.EqualFold(o.Currency, currency)) {
		return fmt.Errorf("%s: %w: asked %d %s, got %d %s", step, ErrAmountMismatch, amount, currency, o.Amount, o.Currency)
	}
	return nil
}
