package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
)

// What is not read is not taken in silence: an operation without a body takes none, or an empty object.
func TestABodyThatNobodyReads(t *testing.T) {
	t.Parallel()
	a := NewAPI(&boot.Runtime{Name: "brand"}, nil)
	done := 0
	Read(a, Route{Method: http.MethodPost, Path: "/bells", ID: "ring", Access: Access{Anyone: true}}, func(context.Context, *struct{}) (*Document[string], error) {
		done++
		return &Document[string]{Status: http.StatusOK, Body: new(string)}, nil
	})
	unreadable := []events.FieldError{{Location: "body", Message: "must be left out, or be {}: nothing is read from it"}}
	taken := 0
	for body, want := range map[string][]events.FieldError{
		"": nil, " \n": nil, "{}": nil, " { } ": nil,
		`{"lines":[1],"foo":1}`: {{Location: "body.foo", Message: "is not a member of this"}, {Location: "body.lines", Message: "is not a member of this"}},
		"garbage":               unreadable, "null": unreadable, "[]": unreadable, `"x"`: unreadable, "{": unreadable, "a=b": unreadable,
	} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/bells", strings.NewReader(body)))
		if want == nil {
			if taken++; w.Code != http.StatusOK {
				t.Errorf("%q: %d %s", body, w.Code, w.Body)
			}
			continue
		}
		var p struct{ Errors []events.FieldError }
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Errors); diff != "" || w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d (-want +got):\n%s", body, w.Code, diff)
		}
	}
	if done != taken {
		t.Errorf("%d were carried out, want %d", done, taken)
	}
}
