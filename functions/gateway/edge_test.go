package gateway_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/gateway"
	"github.com/onlinemart/mart/schemas"
)

func TestSizes(t *testing.T) {
	t.Parallel()
	b := startBehind(t, ok)
	at := start(t, b.URL, nil)
	for _, c := range []struct {
		path    string
		body    int
		headers int
		want    int
		says    string
	}{
		{"/brands", 256 << 10, 0, 200, ""},
		{"/brands", 256<<10 + 1, 0, 413, "The body is larger than 256 KiB."},
		{"/payments/webhooks/stripe", 1 << 20, 0, 200, ""},
		{"/payments/webhooks/stripe", 1<<20 + 1, 0, 413, "The body is larger than 1 MiB."},
		{"/brands", 0, 30 << 10, 200, ""},
		{"/brands", 0, 33 << 10, 431, ""},
	} {
		got := do(t, "POST", at+c.path, strings.Repeat("x", c.body), "X-Pad", strings.Repeat("x", c.headers))
		if got.StatusCode != c.want || !strings.Contains(got.text, c.says) {
			t.Errorf("%+v: %s %s", c, got.Status, got.text)
		}
	}
}

// A body of unknown length is counted as it comes.
func TestAChunkedBodyIsCounted(t *testing.T) {
	t.Parallel()
	at := strings.TrimPrefix(start(t, startBehind(t, ok).URL, nil), "http://")
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go func() {
		_, _ = fmt.Fprintf(conn, "POST /brands HTTP/1.1\r\nHost: mart\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range 300 {
			_, _ = fmt.Fprintf(conn, "400\r\n%s\r\n", strings.Repeat("x", 1024))
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %s", res.Status)
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	at := start(t, startBehind(t, ok).URL, map[string]string{"CORS_ORIGINS": "https://shop.example,https://office.example"})
	exposed := "Location, ETag, Link, Retry-After, Preference-Applied, Traceparent, WWW-Authenticate"
	for name, c := range map[string]struct {
		method  string
		headers []string
		want    []string // status, allow-origin, exposed, allow-methods
	}{
		"known":           {"GET", []string{"Origin", "https://shop.example"}, []string{"200", "https://shop.example", exposed, ""}},
		"unknown":         {"GET", []string{"Origin", "https://evil.example"}, []string{"200", "", "", ""}},
		"none":            {"GET", nil, []string{"200", "", "", ""}},
		"null":            {"GET", []string{"Origin", "null"}, []string{"200", "", "", ""}},
		"preflight":       {"OPTIONS", []string{"Origin", "https://office.example", "Access-Control-Request-Method", "PATCH"}, []string{"204", "https://office.example", exposed, "GET, HEAD, POST, PUT, PATCH, DELETE"}},
		"other preflight": {"OPTIONS", []string{"Origin", "https://evil.example", "Access-Control-Request-Method", "PATCH"}, []string{"204", "", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := do(t, c.method, at+"/brands", "", c.headers...)
			got := []string{fmt.Sprint(r.StatusCode), r.Header.Get("Access-Control-Allow-Origin"), r.Header.Get("Access-Control-Expose-Headers"), r.Header.Get("Access-Control-Allow-Methods")}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	at := start(t, startBehind(t, ok).URL, map[string]string{"RATE_LIMIT": "3", "TRUSTED_PROXIES": "127.0.0.0/8"})
	for i := range 3 {
		if got := do(t, "GET", at+"/brands", "", "X-Forwarded-For", "203.0.113.7"); got.StatusCode != 200 {
			t.Fatalf("request %d: %s", i, got.Status)
		}
	}
	got := do(t, "GET", at+"/brands", "", "X-Forwarded-For", "6.6.6.6, 203.0.113.7, 127.0.0.2")
	if got.StatusCode != 429 || got.code(t) != "too_many_requests" || got.Header.Get("Retry-After") == "" {
		t.Errorf("the fourth: %s %v %s", got.Status, got.Header, got.text)
	}
	if got := do(t, "GET", at+"/brands", "", "X-Forwarded-For", "203.0.113.8"); got.StatusCode != 200 {
		t.Errorf("a neighbour: %s", got.Status)
	}
}

// What anybody may make has limits of its own, by the address; whatever else somebody asks there does not count.
func TestLimitsOfWhatAnybodyMakes(t *testing.T) {
	t.Parallel()
	for setting, c := range map[string]struct{ collection, below string }{
		"REGISTER_LIMIT": {"/customers", "/customers/me/addresses"}, "CART_LIMIT": {"/carts", "/carts/1/claim"},
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			makingIsLimited(t, setting, c.collection, c.below)
		})
	}
}

// Orders that are placed without an account are limited together, of lines and of carts, and no others: those of customers do not count.
func TestLimitOfGuests(t *testing.T) {
	t.Parallel()
	at := start(t, startBehind(t, ok).URL, map[string]string{"GUEST_LIMIT": "2", "TRUSTED_PROXIES": "127.0.0.0/8"})
	ask := func(method, path string, more ...string) int {
		return do(t, method, at+path, "", append(more, "X-Forwarded-For", "203.0.113.7")...).StatusCode
	}
	for path, method := range map[string]string{"/orders/1/cancellation": "POST", "/orders": "GET", "/carts/1/claim": "POST", "/carts/1/order": "GET", "/carts": "POST", "/carts/1/2/order": "POST"} {
		if got := ask(method, path); got != 200 {
			t.Errorf("%s %s: %d", method, path, got)
		}
	}
	for range 3 {
		if got := ask("POST", "/orders", "Authorization", "Bearer x"); got != 200 {
			t.Errorf("with an access token: %d", got)
		}
	}
	got := []int{ask("POST", "/orders"), ask("POST", "/carts/1/order"), ask("POST", "/carts/2/order/"), ask("POST", "/orders/", "Order-Token", "x"), ask("POST", "/carts/1/order", "Authorization", "Bearer x")}
	if diff := cmp.Diff([]int{200, 200, 429, 429, 200}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func makingIsLimited(t *testing.T, setting, collection, below string) {
	t.Helper()
	at := start(t, startBehind(t, ok).URL, map[string]string{setting: "3", "TRUSTED_PROXIES": "127.0.0.0/8"})
	ask := func(method, path, from string) reply {
		return do(t, method, at+path, "", "X-Forwarded-For", from)
	}
	for i := range 3 {
		if got := ask("POST", collection, "2001:db8::1"); got.StatusCode != 200 {
			t.Fatalf("number %d: %s", i, got.Status)
		}
		for method, path := range map[string]string{"GET": collection, "POST": below} {
			if got := ask(method, path, "2001:db8::1"); got.StatusCode != 200 {
				t.Errorf("%s %s: %s", method, path, got.Status)
			}
		}
	}
	for _, path := range []string{collection, collection + "/"} {
		if got := ask("POST", path, "2001:db8::2"); got.StatusCode != 429 || got.code(t) != "too_many_requests" || got.Header.Get("Retry-After") == "" {
			t.Errorf("the fourth from that network, %s: %s %s", path, got.Status, got.text)
		}
	}
	for method, from := range map[string]string{"POST": "2001:db8:0:1::1", "GET": "2001:db8::1"} {
		if got := ask(method, collection, from); got.StatusCode != 200 {
			t.Errorf("%s from %s: %s", method, from, got.Status)
		}
	}
}

func TestMethodsNobodyKnows(t *testing.T) {
	t.Parallel()
	b := startBehind(t, func(w http.ResponseWriter, _ *http.Request) {
		t.Error("it came through")
		w.WriteHeader(http.StatusOK)
	})
	at := start(t, b.URL, nil)
	for _, method := range []string{"CANARY", "TRACE", strings.Repeat("X", 5000)} {
		if got := do(t, method, at+"/brands", ""); got.StatusCode != http.StatusNotImplemented || got.code(t) != "method_unknown" {
			t.Errorf("%.20s: %s %s", method, got.Status, got.text)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	b := startBehind(t, ok)
	at := start(t, b.URL, nil)
	for path, want := range map[string]string{
		"/docs": `<script src="/docs/scalar.js">`, "/docs/docs.js": "telemetry: false", "/docs/scalar.LICENSE.txt": "MIT License",
		"/look.css": "prefers-color-scheme: dark", "/problems": `<a href="/problems/out_of_stock">`, "/problems/out_of_stock": "There is not enough left",
		"/problems/token_required": `<code>POST /oauth/token</code>`, "/problems/invalid_grant": "OAuth’s own", "/page.js": "clipboard.writeText", "/events": `<a href="/events/com.onlinemart.order.paid.v1">order.paid</a>`,
		"/events.css": ".graph", "/find.js": "replaceState", "/seen.js": "/journal", "/staff.js": "/oauth/token",
		"/openapi.json": string(schemas.OpenAPIJSON), "/openapi.yaml": string(schemas.OpenAPIYAML), "/asyncapi.yaml": string(schemas.AsyncAPIYAML),
		"/schemas/com.onlinemart.brand.create.v1.json": "BrandFields", "/health/readiness": "OK",
	} {
		got := do(t, "GET", at+path, "")
		if got.StatusCode != 200 || !strings.Contains(got.text, want) {
			t.Errorf("%s: %s %.200s", path, got.Status, got.text)
		}
		if tag := got.Header.Get("ETag"); tag != "" {
			if again := do(t, "GET", at+path, "", "If-None-Match", `"other", W/`+tag); again.StatusCode != 304 {
				t.Errorf("%s again: %s", path, again.Status)
			}
		}
	}
	if got := do(t, "DELETE", at+"/docs", ""); got.StatusCode != 405 || got.code(t) != "method_not_allowed" || got.Header.Get("Allow") == "" {
		t.Errorf("DELETE /docs: %s %s", got.Status, got.text)
	}
	if got := do(t, "GET", at+"/docs/", ""); got.StatusCode != 308 || got.Header.Get("Location") != "/docs" {
		t.Errorf("/docs/ with a slash: %s to %q", got.Status, got.Header.Get("Location"))
	}
	if got := do(t, "GET", at+"/docs", ""); !strings.Contains(got.text, `This page needs JavaScript. What it shows is in <a href="/openapi.json">`) {
		t.Errorf("/docs says nothing to who has no JavaScript: %s", got.text)
	}
	if got := do(t, "GET", at+"/schemas/embed.go", ""); got.StatusCode != 404 {
		t.Errorf("/schemas/embed.go: %s", got.Status)
	}
}

// The first page says what is running, and does not wake who sleeps to learn it.
func TestHome(t *testing.T) {
	t.Parallel()
	b := httptest.NewServer(http.HandlerFunc(ok))
	t.Cleanup(b.Close)
	behind := len(events.Functions()) - 2 // all but the gateway and db
	for await, want := range map[string]string{"true": fmt.Sprintf(">All %d functions that answer requests are ready<", behind), "false": fmt.Sprintf(">%d functions, woken when they are needed<", behind)} {
		at := start(t, b.URL, map[string]string{"GATEWAY_AWAIT_FUNCTIONS": await})
		got := do(t, "GET", at+"/", "")
		if got.StatusCode != 200 || !strings.Contains(got.text, want) || !strings.Contains(got.text, `<a href="/docs">`) || !strings.Contains(got.text, "<li>payment</li>") {
			t.Errorf("GATEWAY_AWAIT_FUNCTIONS=%s: %s %s", await, got.Status, got.text)
		}
		if policy := got.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self'; ") || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("its policy is %q, kept for %q", policy, got.Header.Get("Cache-Control"))
		}
	}
}

// How the shop does is said where that is wanted, and only there.
func TestHomeSaysHowTheShopDoes(t *testing.T) {
	t.Parallel()
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/figures" {
			_, _ = io.WriteString(w, `{"orders":12,"toBePaid":3,"unpublished":0,"perHour":[0,2,1]}`)
		}
	}))
	t.Cleanup(b.Close)
	figures := []string{"<dt>Orders today (UTC)</dt><dd>12</dd>", "<dt>Waiting for payment</dt><dd>3</dd>", "<dt>Results not on Kafka yet</dt><dd>0</dd>", `aria-label="3 orders in the last 24 hours, at most 2 in one"><rect x="0" y="31" width="4" height="1"/>`}
	for _, c := range []struct {
		wanted, asked string
		want          bool
	}{{"true", "true", true}, {"false", "true", false}, {"true", "false", false}} {
		page := do(t, "GET", start(t, b.URL, map[string]string{"HOME_FIGURES": c.wanted, "GATEWAY_AWAIT_FUNCTIONS": c.asked})+"/", "")
		for _, figure := range figures {
			if strings.Contains(page.text, figure) != c.want {
				t.Errorf("%+v: %s is there: %t\n%s", c, figure, !c.want, page.text)
			}
		}
	}
}

// Each kind of problem shows an answer as it comes, with its status and what programs read, unless no request is answered with it.
func TestProblemPagesShowAnAnswer(t *testing.T) {
	t.Parallel()
	at := start(t, "http://unused.example", nil)
	for _, kind := range events.ProblemKinds() {
		page := do(t, "GET", at+"/problems/"+kind.Code, "")
		example, answered := events.ExampleOfProblem(kind.Code)
		first := fmt.Sprintf("HTTP/1.1 %d %s\n", example.Problem.Status, http.StatusText(example.Problem.Status))
		for _, want := range []string{first, "Content-Type: application/problem&#43;json\n", "&#34;type&#34;: &#34;/problems/" + kind.Code + "&#34;", "&#34;traceId&#34;: &#34;4bf92f3577b34da6a3ce929d0e0e4736&#34;"} {
			if strings.Contains(page.text, want) != answered {
				t.Errorf("/problems/%s has %q: %t\n%s", kind.Code, want, !answered, page.text)
			}
		}
	}
}

// A line to be pasted into a shell has no host of somebody's making.
func TestHomeBelievesNoHost(t *testing.T) {
	t.Parallel()
	at := start(t, "http://unused.example", nil)
	for host, want := range map[string]string{
		"shop.example:8080": "http://shop.example:8080/products", "[::1]:80": "http://[::1]:80/products", "$(id)": "http://localhost/products", "a;b": "http://localhost/products",
	} {
		r := httptest.NewRequest(http.MethodGet, at+"/", nil)
		r.RequestURI, r.Host = "", host
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(a.Body)
		if err != nil || !strings.Contains(string(page), want) {
			t.Errorf("%s: %v %s", host, err, page)
		}
		_ = a.Body.Close()
	}
}

// The docs page may load nothing from anywhere else, and asks for nothing else.
func TestDocsWorkOffline(t *testing.T) {
	t.Parallel()
	at := start(t, "http://unused.example", nil)
	page := do(t, "GET", at+"/docs", "")
	if strings.Contains(page.text, "http://") || strings.Contains(page.text, "https://") {
		t.Error("the page refers to another origin")
	}
	if policy := page.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") {
		t.Errorf("its policy is %q", policy)
	}
	script := do(t, "GET", at+"/docs/scalar.js", "", "Accept-Encoding", "gzip")
	unpacked, err := gzip.NewReader(strings.NewReader(script.text))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	if other := do(t, "GET", at+"/docs/scalar.js", "", "Accept-Encoding", "identity"); other.text != string(plain) {
		t.Errorf("unpacked for a client without gzip: %d bytes, want %d", len(other.text), len(plain))
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	at := start(t, startBehind(t, ok).URL, map[string]string{"TRUSTED_PROXIES": "127.0.0.1/32"})
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "max-age=31536000",
	}
	for _, path := range []string{"/brands", "/nothing"} {
		r := do(t, "GET", at+path, "", "X-Forwarded-Proto", "https", "X-Forwarded-For", "203.0.113.7")
		got := map[string]string{}
		for name := range want {
			got[name] = r.Header.Get(name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for setting, value := range map[string]string{
		"RATE_LIMIT": "-1", "REGISTER_LIMIT": "-1", "CART_LIMIT": "-1", "GUEST_LIMIT": "-1", "GATEWAY_TIMEOUT": "0s", "CORS_ORIGINS": "*", "GATEWAY_UPSTREAM": "nowhere", "BRAND_URL": "brand:8080", "TRUSTED_PROXIES": "x",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			f := gateway.New()
			err := f.Start(context.Background(), map[string]string{setting: value})
			if err == nil || !strings.Contains(err.Error(), setting) {
				t.Errorf("%s=%s: %v", setting, value, err)
			}
		})
	}
}

// Whoever is answered can name the trace, whether a function has answered or the gateway itself.
func TestEveryAnswerHasItsTrace(t *testing.T) {
	t.Parallel()
	b := startBehind(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Traceparent", "the function's") })
	at := start(t, b.URL, map[string]string{"CORS_ORIGINS": "https://shop.example"})
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-"
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
	}{
		"a function's":    {"GET", "/brands", "", nil, 200},
		"no such route":   {"GET", "/nope", "", nil, 404},
		"no such method":  {"BREW", "/brands", "", nil, 501},
		"too large":       {"POST", "/brands", strings.Repeat("x", 256<<10+1), nil, 413},
		"a preflight":     {"OPTIONS", "/brands", "", []string{"Origin", "https://shop.example", "Access-Control-Request-Method", "POST"}, 204},
		"the description": {"GET", "/openapi.json", "", nil, 200},
		"the front page":  {"GET", "/", "", nil, 200},
	} {
		got := do(t, c.method, at+c.path, c.body, append(c.headers, "Traceparent", trace+"00f067aa0ba902b7-01")...)
		if all := got.Header.Values("Traceparent"); got.StatusCode != c.status || len(all) != 1 || !strings.HasPrefix(all[0], trace) {
			t.Errorf("%s: %s with the traces %q", name, got.Status, all)
		}
	}
}
