package paymentgateway

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// bench is a gateway behind a real port, and a client that speaks to it in plain HTTP.
type bench struct {
	*Gateway
	url string
	dir string
	t   *testing.T
}

func setup(t *testing.T, change ...func(*Config)) bench {
	t.Helper()
	return reopen(t, t.TempDir(), change...)
}

func reopen(t *testing.T, dir string, change ...func(*Config)) bench {
	t.Helper()
	cfg := Config{DataDir: dir, WebhookRetry: 5 * time.Millisecond, HangFor: time.Second, Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&cfg)
	}
	g, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(func() {
		server.Close()
		if err := g.Close(); err != nil {
			t.Log(err) // a test may have closed it before
		}
	})
	return bench{Gateway: g, url: server.URL, dir: dir, t: t}
}

// got is an answer, reduced to what tests look at.
type got struct {
	status   int
	replayed bool
	location string
	body     string
	object   struct {
		ID         string         `json:"id"`
		Status     string         `json:"status"`
		Amount     int64          `json:"amount"`
		Received   int64          `json:"amount_received"`
		NextAction *nextAction    `json:"next_action"`
		Error      *apiError      `json:"error"`
		Data       []apiObject    `json:"data"`
		Last       *apiError      `json:"last_payment_error"`
		Metadata   map[string]any `json:"metadata"`
	}
}

type apiObject struct {
	ID string `json:"id"`
}

func (b bench) post(path, key string, form ...string) (got, error) {
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(values(form).Encode()))
	if err != nil {
		return got{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return b.do(r)
}

func (b bench) get(path string) got {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	g, err := b.do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return g
}

func (b bench) do(r *http.Request) (got, error) {
	r.Header.Set("Authorization", "Bearer sk_test_mart")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		return got{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return got{}, err
	}
	g := got{status: res.StatusCode, replayed: res.Header.Get("Idempotent-Replayed") == "true", body: string(body), location: res.Header.Get("Location")}
	_ = json.Unmarshal(body, &g.object) // pages and empty bodies are no JSON
	return g, nil
}

// must posts and expects an answer of whatever kind.
func (b bench) must(path, key string, form ...string) got {
	b.t.Helper()
	g, err := b.post(path, key, form...)
	if err != nil {
		b.t.Fatal(err)
	}
	return g
}

func (b bench) pay(token, key string, more ...string) got {
	b.t.Helper()
	return b.must("/v1/payment_intents", key, wish(token, more...)...)
}

// wish is the form of an authorisation of 12.50 EUR.
func wish(token string, more ...string) []string {
	return append([]string{
		"amount", "1250", "currency", "eur", "payment_method", token, "confirm", "true", "capture_method", "manual",
		"metadata[payment_id]", "p1", "return_url", "https://shop.example/back?x=1",
	}, more...)
}

func values(pairs []string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func (b bench) fault(f fault) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/test/faults", strings.NewReader(string(mustJSON(map[string]any{
		"on": f.On, "mode": f.Mode, "times": f.Times, "every": f.Every, "delayMs": f.DelayMS,
	}))))
	if err != nil {
		b.t.Fatal(err)
	}
	if g, err := b.do(r); err != nil || g.status != http.StatusNoContent {
		b.t.Fatal(g, err)
	}
}

// eventually polls until what it waits for is there.
func eventually(t *testing.T, what string, there func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !there() {
		select {
		case <-ctx.Done():
			t.Fatalf("still waiting for %s", what)
		case <-tick.C:
		}
	}
}

// Whoever opens the address in a browser is told what is there, and where its tokens are.
func TestItSaysWhatItIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	answer, err := http.Get(b.url + "/") //nolint:noctx // of a server of the test's own
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(text), "test payment provider") || !strings.Contains(string(text), "infra/paymentgateway/README.md") {
		t.Errorf("%s %q, %v", answer.Status, text, err)
	}
	if _, err := os.Stat("README.md"); err != nil {
		t.Errorf("the page names it: %v", err)
	}
}
