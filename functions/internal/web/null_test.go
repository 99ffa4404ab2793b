package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/functions/internal/boot"
)

type wish struct {
	Lines []int  `json:"lines,omitempty"`
	Note  string `json:"note,omitempty" maxLength:"3"`
}

func (wish) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema { return NotNull(s, "lines") }

// Null is as good as absent, but not where absence means all there is; it is told together with all else that is wrong.
func TestNotNull(t *testing.T) {
	t.Parallel()
	a := NewAPI(&boot.Runtime{Name: "brand"}, nil)
	done := 0
	Read(a, Route{Method: http.MethodPost, Path: "/wishes", ID: "wish", Access: Access{Anyone: true}}, func(context.Context, *struct{ Body wish }) (*Document[string], error) {
		done++
		return &Document[string]{Status: http.StatusOK, Body: new(string)}, nil
	})
	taken := 0
	for body, want := range map[string][]string{
		`{}`:                                    nil,
		`{"lines": [1], "note": null}`:          nil,
		`{"lines": null}`:                       {"body.lines"},
		"{ \"lines\" :\n null , \"note\":null}": {"body.lines"},
		`{"l\u0069nes": null}`:                  {"body.lines"},
		`{"lines": null, "note": "four"}`:       {"body.note", "body.lines"},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/wishes", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		a.ServeHTTP(w, r)
		if want == nil {
			taken++
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d %s", body, w.Code, w.Body)
			}
			continue
		}
		var p struct{ Errors []struct{ Location string } }
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		var at []string
		for _, e := range p.Errors {
			at = append(at, e.Location)
		}
		if diff := cmp.Diff(want, at); diff != "" || w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if done != taken {
		t.Errorf("%d were carried out, want %d", done, taken)
	}
}
