package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/client"
)

func TestDocs(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	page := send(ctx, t, m.api, http.MethodGet, "/docs", nil)
	if page.Status != http.StatusOK || !strings.Contains(page.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("/docs: %d %v", page.Status, page.Header)
	}
	if strings.Contains(string(page.Body), "src=\"http") || strings.Contains(string(page.Body), "href=\"http") {
		t.Error("the docs page loads something from elsewhere: it must work offline")
	}
	described := send(ctx, t, m.api, http.MethodGet, "/openapi.json", nil)
	var api struct {
		OpenAPI string                    `json:"openapi"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(described.Body, &api); err != nil || !strings.HasPrefix(api.OpenAPI, "3.1") {
		t.Fatalf("/openapi.json: %d %.200s", described.Status, described.Body)
	}
	for _, path := range []string{"/brands", "/categories", "/products", "/orders", "/payments", "/customers", "/oauth/token", "/users", "/stock/{productId}/adjustments", "/operations/{id}"} {
		if api.Paths[path] == nil {
			t.Errorf("/openapi.json does not describe %s", path)
		}
	}
	if a := send(ctx, t, m.api, http.MethodGet, "/openapi.yaml", nil); a.Status != http.StatusOK {
		t.Errorf("/openapi.yaml: %d", a.Status)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	for _, path := range []string{"/health/liveness", "/health/readiness"} {
		if a := send(ctx, t, m.api, http.MethodGet, path, nil); a.Status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	refused(t, send(ctx, t, m.api, http.MethodGet, "/nowhere", nil), nil, http.StatusNotFound, "")
}

func TestCORS(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	ask := func(origin string) client.Answer {
		return send(ctx, t, m.api, http.MethodOptions, "/orders", nil, client.Header{Name: "Origin", Value: origin},
			client.Header{Name: "Access-Control-Request-Method", Value: "POST"},
			client.Header{Name: "Access-Control-Request-Headers", Value: "authorization,content-type,idempotency-key"})
	}
	ours := ask("http://localhost:3000")
	if got := ours.Header.Get("Access-Control-Allow-Origin"); got != "http://localhost:3000" {
		t.Errorf("our storefront's origin: %d, allowed %q", ours.Status, got)
	}
	for _, origin := range []string{"https://evil.example", "null"} {
		if got := ask(origin).Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s is allowed as %q", origin, got)
		}
	}
	read := send(ctx, t, m.api, http.MethodGet, "/products", nil, client.Header{Name: "Origin", Value: "http://localhost:3000"})
	exposed := strings.ToLower(read.Header.Get("Access-Control-Expose-Headers"))
	for _, name := range []string{"location", "etag", "link", "retry-after", "preference-applied"} {
		if !strings.Contains(exposed, name) {
			t.Errorf("%s is not exposed: %q", name, exposed)
		}
	}
}

// The gateway is no back door to the functions' event ports.
func TestTheEdgeTakesNoEvents(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	a := send(ctx, t, m.api, http.MethodPost, "/", raw(`{}`), client.Header{Name: "Ce-Specversion", Value: "1.0"},
		client.Header{Name: "Ce-Id", Value: "1"}, client.Header{Name: "Ce-Source", Value: "/mart/order"}, client.Header{Name: "Ce-Type", Value: "com.onlinemart.order.paid.v1"})
	if a.Status < http.StatusBadRequest || a.Status >= http.StatusInternalServerError {
		t.Errorf("an event at the gateway: %d %s", a.Status, a.Body)
	}
}
