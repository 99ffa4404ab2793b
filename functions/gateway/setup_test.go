package gateway_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onlinemart/mart/functions/gateway"
)

// behind is a function behind the gateway: what it was asked last, and what it answers.
type behind struct {
	*httptest.Server
	asked chan *http.Request
	body  chan string
}

func startBehind(t *testing.T, answer http.HandlerFunc) *behind {
	t.Helper()
	b := &behind{asked: make(chan *http.Request, 16), body: make(chan string, 16)}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.asked <- r
		b.body <- string(body)
		answer(w, r)
	}))
	t.Cleanup(b.Close)
	return b
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }

// start serves a gateway until the test ends and gives its address. Every function is at upstream.
func start(t testing.TB, upstream string, settings map[string]string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"GATEWAY_UPSTREAM": upstream, "LOG_LEVEL": "error", "GATEWAY_AWAIT_FUNCTIONS": "false"}
	maps.Copy(env, settings)
	ctx, stop := context.WithCancel(context.Background())
	f, ended := gateway.New(), make(chan error, 1)
	go func() { ended <- f.Serve(ctx, listener, env) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for {
		if ready, err := f.Ready(ctx); err != nil {
			t.Fatal(err)
		} else if ready {
			return "http://" + listener.Addr().String()
		}
	}
}

type reply struct {
	*http.Response
	text string
}

func (r reply) code(t *testing.T) string {
	t.Helper()
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q of %s %s", got, r.Status, r.text)
	}
	var p struct{ Code string }
	if err := json.Unmarshal([]byte(r.text), &p); err != nil {
		t.Errorf("%v: %s", err, r.text)
	}
	return p.Code
}

func do(t *testing.T, method, url, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res, string(text)}
}
