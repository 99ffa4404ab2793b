package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/functions/internal/boot"
)

type strictIn struct {
	Word string `query:"q"`
	Body struct {
		Name  string `json:"name"`
		Lines []struct {
			Note string `json:"note,omitempty"`
		} `json:"lines,omitempty"`
	}
}

// What encoding/json would take and change without a word is refused before anything reads it, and told where it stands.
func TestARequestHasOneReading(t *testing.T) {
	t.Parallel()
	a := NewAPI(&boot.Runtime{Name: "brand"}, nil)
	Read(a, Route{Method: http.MethodPost, Path: "/brands", ID: "test", Access: Access{Anyone: true}}, func(_ context.Context, in *strictIn) (*Document[string], error) {
		return &Document[string]{Status: http.StatusOK, Body: &in.Body.Name}, nil
	})
	for name, c := range map[string]struct{ query, body, at string }{
		"text":                {"?q=%C3%85", `{"name": "Å\u00c5\ud83d\ude42"}`, ""},
		"bytes":               {"", "{\"name\": \"a\xffb\"}", "body.name"},
		"an overlong slash":   {"", "{\"name\": \"\xc0\xaf\"}", "body.name"},
		"half a character":    {"", `{"name": "\ud800"}`, "body.name"},
		"halves turned round": {"", `{"name": "a", "lines": [{}, {"note": "\ude42\ud83d"}]}`, "body.lines[1].note"},
		"a member twice":      {"", `{"name": "a", "name": "b"}`, "body.name"},
		"written in escapes":  {"", `{"name": "a", "\u006eame": "b"}`, "body.name"},
		"twice, deep within":  {"", `{"name": "a", "lines": [{"note": "a", "note": "b"}]}`, "body.lines[0].note"},
		"the query":           {"?q=a%FF", `{"name": "a"}`, "query.q"},
		"the query's name":    {"?%FF=a", `{"name": "a"}`, "query"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/brands"+c.query, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			a.ServeHTTP(w, r)
			if c.at == "" {
				if w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != `"ÅÅ🙂"` {
					t.Errorf("%d %s", w.Code, w.Body)
				}
				return
			}
			var p struct {
				Code   string
				Errors []struct{ Location string }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if w.Code != http.StatusBadRequest || p.Code != "malformed" || !cmp.Equal(p.Errors, []struct{ Location string }{{c.at}}) {
				t.Errorf("want %s: %d %s", c.at, w.Code, w.Body)
			}
		})
	}
}
