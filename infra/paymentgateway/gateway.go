// Package paymentgateway is a payment provider for laptops and tests: an HTTP server that speaks the part of Stripe's
// API which the mart uses, so that one client serves both. It owns a ledger on disk, synced before each answer, so
// that a charge survives kill -9. It receives the client's calls and the buyer's visit to the 3-D Secure page; it emits
// signed webhooks. It takes Stripe's published test tokens, never a card number, and fails on request: see faults.go.
package paymentgateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onlinemart/mart/infra/onlyhere"
)

// Config says where the gateway keeps its ledger and whom it tells. Only DataDir is needed.
type Config struct {
	DataDir       string           // folder of the ledger; made if it is not there
	Key           string           // the only API key taken; empty takes every key that begins with sk_test_
	Shop          string           // the shop's name, on the 3-D Secure page; empty means Mart
	PublicURL     string           // where a buyer's browser reaches the gateway; empty means the host of the request
	WebhookURL    string           // where events are posted; empty posts none
	WebhookSecret string           // signs the events; needed with WebhookURL
	WebhookEvents []string         // event types to post, as in a Stripe webhook endpoint; empty posts all
	WebhookDelay  time.Duration    // before an event is first posted; a real provider's comes after the answer
	WebhookRetry  time.Duration    // first pause after a failed post, doubling up to a minute; 0 means 200 ms
	HangFor       time.Duration    // how long a hanging answer hangs; 0 means 30 s
	Log           *slog.Logger     // nil means slog.Default
	Clock         func() time.Time // nil means time.Now; POST /test/clock moves on from it
	Hosts         []string         // names besides those of this machine and of a cluster by which its switches for tests may be called
	IndexLag      time.Duration    // how long the search does not show a new payment yet, as a real provider's index; lists show it at once
}

// Gateway is the server. It is an http.Handler; Close ends its webhooks and its ledger.
type Gateway struct {
	cfg    Config
	mux    *http.ServeMux
	ledger *ledger
	faults *faults
	posts  *http.Client

	stop    context.Context
	end     context.CancelFunc
	running sync.WaitGroup // webhook deliveries

	ahead    atomic.Int64 // of cfg.Clock, in nanoseconds
	mu       sync.Mutex   // guards the book and what is running, and keeps the ledger in the book's order
	book     *book
	inFlight map[string]bool // idempotency keys being executed
}

// Open reads the ledger in cfg.DataDir and takes up the webhooks that were not delivered before the last stop.
func Open(cfg Config) (*Gateway, error) {
	if cfg.DataDir == "" {
		return nil, errors.New("payment gateway: set DataDir to the folder that shall hold its ledger")
	}
	if cfg.WebhookURL != "" && cfg.WebhookSecret == "" {
		return nil, errors.New("payment gateway: WebhookURL is set but WebhookSecret is empty: set both")
	}
	cfg = cfg.withDefaults()
	b := newBook()
	l, err := openLedger(filepath.Join(cfg.DataDir, ledgerFile), b.apply)
	if err != nil {
		return nil, fmt.Errorf("open the payment ledger: %w", err)
	}
	b.read = l.read
	b.forgetAnswersBefore(cfg.Clock().Add(-answersKept))
	stop, end := context.WithCancel(context.Background())
	g := &Gateway{
		cfg: cfg, ledger: l, book: b, faults: newFaults(), stop: stop, end: end, inFlight: map[string]bool{},
		posts: &http.Client{Timeout: 10 * time.Second},
	}
	g.mux = g.routes()
	for _, ev := range b.undelivered() {
		g.post(ev, delivery{})
	}
	return g, nil
}

func (c Config) withDefaults() Config {
	if c.WebhookRetry == 0 {
		c.WebhookRetry = 200 * time.Millisecond
	}
	if c.HangFor == 0 {
		c.HangFor = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Shop == "" {
		c.Shop = "Mart"
	}
	return c
}

// routes is the API: what Stripe has first, what only a test gateway has after it.
func (g *Gateway) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/payment_intents", g.execute(createIntent))
	mux.Handle("POST /v1/payment_intents/{id}/confirm", g.execute(confirmIntent))
	mux.Handle("POST /v1/payment_intents/{id}/capture", g.execute(captureIntent))
	mux.Handle("POST /v1/payment_intents/{id}/cancel", g.execute(cancelIntent))
	mux.Handle("POST /v1/refunds", g.execute(createRefund))
	mux.Handle("GET /v1/payment_intents/{id}", g.answer(retrieveIntent))
	mux.Handle("GET /v1/payment_intents", g.answer(listIntents))
	mux.Handle("GET /v1/payment_intents/search", g.answer(searchIntents))
	mux.Handle("GET /v1/refunds/{id}", g.answer(retrieveRefund))
	mux.Handle("GET /v1/refunds", g.answer(listRefunds))
	mux.HandleFunc("/v1/", unknownURL)

	mux.HandleFunc("GET /3ds/{id}", g.showChallenge)
	mux.HandleFunc("GET /3ds.css", showChallengeStyle)
	mux.Handle("POST /3ds/{id}", onlyhere.Unprompted(http.HandlerFunc(g.answerChallenge)))
	mux.Handle("/test/", onlyhere.Handler("this test gateway", g.cfg.Hosts, g.switches()))
	mux.HandleFunc("GET /{$}", showWhatItIs)
	mux.HandleFunc("GET /health", g.showHealth(http.StatusNoContent))
	mux.HandleFunc("GET /health/readiness", g.showHealth(http.StatusOK))
	return mux
}

// showWhatItIs greets whoever opens the address in a browser.
func showWhatItIs(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "The test payment provider of the mart: it speaks Stripe's API, under /v1/, and moves no money.\n"+ // who has gone misses nothing
		"Its test tokens, such as pm_card_visa, are listed in infra/paymentgateway/README.md; what it holds is at /test/ledger.\n")
}

// switches is what only tests use. They ask for no key, so no page of another site may use them either.
func (g *Gateway) switches() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /test/ledger", g.showLedger)
	mux.HandleFunc("GET /test/faults", g.showFaults)
	mux.HandleFunc("POST /test/faults", g.addFault)
	mux.HandleFunc("DELETE /test/faults", g.clearFaults)
	mux.HandleFunc("POST /test/clock", g.moveClock)
	return mux
}

// Ready tells whether payments can be taken. It tries to write what a full disk has kept from being written. Error: it is still not written.
func (g *Gateway) Ready() error {
	if err := g.ledger.usable(); err != nil {
		return fmt.Errorf("payment gateway: %w: free some space in %s; it goes on by itself", err, g.cfg.DataDir)
	}
	return nil
}

func (g *Gateway) showHealth(well int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if err := g.Ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(well)
	}
}

// ServeHTTP answers one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// Close stops posting webhooks and closes the ledger; end the HTTP server before it. What was not delivered is delivered
// after the next Open.
func (g *Gateway) Close() error {
	g.end()
	g.running.Wait()
	if err := g.ledger.close(); err != nil {
		return fmt.Errorf("close the payment ledger: %w", err)
	}
	return nil
}

// authenticate takes the key as Stripe does: a bearer token, or the user name of basic authentication.
func (g *Gateway) authenticate(r *http.Request) *apiError {
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		key, _, _ = r.BasicAuth()
	}
	switch {
	case key == "":
		return unauthorized("You did not provide an API key. Send it as a bearer token.")
	case g.cfg.Key != "" && key != g.cfg.Key, !strings.HasPrefix(key, "sk_test_"):
		return unauthorized("Invalid API Key provided.")
	}
	return nil
}
