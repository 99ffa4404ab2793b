package gateway_test

import (
	"bytes"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/schemas"
)

var (
	links   = regexp.MustCompile(`href="(/events[^"]*)"`)
	drawn   = regexp.MustCompile(`(?s)<svg class="graph [a-z]+".*?</svg>`)
	example = regexp.MustCompile(`(?s)<pre class="example" id="example"[^>]*>(.*?)</pre>`)
)

// Every message has a page that says all of it, with the example of its schema.
func TestEveryMessageHasAPage(t *testing.T) {
	t.Parallel()
	at := start(t, startBehind(t, ok).URL, nil)
	for _, m := range events.All() {
		d := m.Declaration()
		got := do(t, http.MethodGet, at+"/events/"+m.Type(), "")
		wants := []string{"<code>" + m.Type() + "</code>", html.EscapeString(events.About(m)), "/schemas/" + m.Type() + ".json"}
		if m.Topic() != "" {
			wants = append(wants, "<code>"+m.Topic()+"</code>", `data-kind="`+string(d.Kind)+`"`)
		}
		for _, f := range append(d.Producers, d.Consumers...) {
			wants = append(wants, "<code>"+string(f)+"</code>")
		}
		for _, kind := range events.MailsOf(m) {
			wants = append(wants, strings.ReplaceAll(string(kind), "_", " "))
		}
		for _, want := range wants {
			if got.StatusCode != http.StatusOK || !strings.Contains(strings.ReplaceAll(got.text, "&#39;", "'"), strings.ReplaceAll(want, "&#39;", "'")) {
				t.Errorf("%s: %s, without %s", d, got.Status, want)
			}
		}
		if found := example.FindStringSubmatch(got.text); found == nil || compact(html.UnescapeString(found[1])) != exampleOf(t, m.Type()) {
			t.Errorf("%s does not show the example of its schema", d)
		}
		if policy := got.Header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "connect-src 'self'") {
			t.Errorf("%s: the policy is %s", d, policy)
		}
	}
}

// exampleOf is the example in a message's schema, in one line. infra/contract holds it against the schema.
func exampleOf(t *testing.T, kind string) string {
	t.Helper()
	content, err := schemas.Messages.ReadFile(kind + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct{ Examples []json.RawMessage }
	if err := json.Unmarshal(content, &schema); err != nil || len(schema.Examples) != 1 {
		t.Fatalf("%s has %d examples: %v", kind, len(schema.Examples), err)
	}
	return compact(string(schema.Examples[0]))
}

// compact is JSON in one line; "" for what is none.
func compact(text string) string {
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(text)); err != nil {
		return ""
	}
	return line.String()
}

// Whatever the catalogue and its pictures lead to is there, and no picture brings a style or a script of its own.
func TestTheCatalogueLeadsSomewhere(t *testing.T) {
	t.Parallel()
	at := start(t, startBehind(t, ok).URL, nil)
	seen, next := map[string]bool{}, []string{"/events"}
	for len(next) > 0 {
		path := next[0]
		next = next[1:]
		if seen[path] || strings.Contains(path, ".v1") && len(seen) > 60 { // each message's own page has its test
			continue
		}
		seen[path] = true
		got := do(t, http.MethodGet, at+path, "")
		if got.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, got.Status)
		}
		for _, link := range links.FindAllStringSubmatch(got.text, -1) {
			if to, _, _ := strings.Cut(html.UnescapeString(link[1]), "?"); !strings.HasPrefix(to, "/events.") {
				next = append(next, to)
			}
		}
		for _, picture := range drawn.FindAllString(got.text, -1) {
			if strings.Contains(picture, "style") || strings.Contains(picture, "<script") || !strings.Contains(picture, `role="group" aria-label="`) {
				t.Errorf("the picture at %s has a look of its own, or no name", path)
			}
		}
	}
	for _, n := range events.Nouns() {
		spoken := false
		for _, m := range n.Messages {
			spoken = spoken || m.Topic() != ""
		}
		if !spoken {
			continue
		}
		if got := do(t, http.MethodGet, at+"/events/"+n.Name, ""); !drawn.MatchString(got.text) {
			t.Errorf("%s has no picture: run make generate", n.Name)
		}
	}
}

func TestTheCatalogueIsFoundByShorterNames(t *testing.T) {
	t.Parallel()
	at := start(t, startBehind(t, ok).URL, nil)
	for path, want := range map[string]string{"/messages": "/events", "/events/order.paid": "/events/com.onlinemart.order.paid.v1"} {
		if got := do(t, http.MethodGet, at+path, ""); got.StatusCode != http.StatusPermanentRedirect || got.Header.Get("Location") != want {
			t.Errorf("%s: %s to %q", path, got.Status, got.Header.Get("Location"))
		}
	}
	if got := do(t, http.MethodGet, at+"/events/order.flown", ""); got.StatusCode != http.StatusNotFound || got.code(t) != "not_found" {
		t.Errorf("%s %s", got.Status, got.text)
	}
	if got := do(t, http.MethodPost, at+"/events/order", ""); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("%s", got.Status)
	}
	page := do(t, http.MethodGet, at+"/events/order", "")
	if again := do(t, http.MethodGet, at+"/events/order", "", "If-None-Match", page.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("again: %s", again.Status)
	}
}
