package web

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/functions/internal/boot"
)

// timed remembers until when a request's body may be read.
type timed struct {
	*httptest.ResponseRecorder
	until time.Time
}

// SetReadDeadline is what huma calls on a connection.
func (w *timed) SetReadDeadline(until time.Time) error {
	w.until = until
	return nil
}

// A deadline for the body that passed while a handler waits for its outcome would break the connection's context for good.
func TestTheBodysDeadlineOutlastsTheHandler(t *testing.T) {
	t.Parallel()
	type in struct {
		Body struct {
			Name string `json:"name"`
		}
	}
	a := NewAPI(&boot.Runtime{Name: "brand"}, nil)
	Read(a, Route{Method: http.MethodPost, Path: "/brands", ID: "test", Access: Access{Anyone: true}}, func(context.Context, *in) (*struct{}, error) {
		return nil, nil
	})
	w := &timed{ResponseRecorder: httptest.NewRecorder()}
	begun := time.Now()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/brands", strings.NewReader(`{"name":"x"}`))
	r.Header.Set("Content-Type", "application/json")
	a.ServeHTTP(w, r)
	if longest := maxWait + 6*time.Second; w.Code >= 300 || w.until.Sub(begun) < longest {
		t.Errorf("%d %s; the body may be read for %s, want more than %s", w.Code, w.Body, w.until.Sub(begun), longest)
	}
}

// Whoever meets a fault of ours is told so, and the operator where it is.
func TestAPanicIsAnswered(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := NewAPI(&boot.Runtime{Name: "brand", Log: slog.New(slog.NewTextHandler(&log, nil))}, nil)
	Read(a, Route{Method: http.MethodGet, Path: "/brands", ID: "test", Access: Access{Anyone: true}}, func(context.Context, *struct{}) (*struct{}, error) {
		panic("no brand")
	})
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/brands", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"code":"internal"`) || !strings.Contains(log.String(), "no brand") {
		t.Errorf("%d %s; logged: %s", w.Code, w.Body, log.String())
	}
}

// Of two tokens, media types or keys nobody knows which is meant.
func TestAHeaderThatIsThereTwiceIsRefused(t *testing.T) {
	t.Parallel()
	a := NewAPI(&boot.Runtime{Name: "brand"}, nil)
	Read(a, Route{Method: http.MethodGet, Path: "/brands", ID: "test", Access: Access{Anyone: true}}, func(context.Context, *struct{}) (*struct{}, error) {
		return nil, nil
	})
	for _, name := range []string{"Authorization", "Content-Type", "Idempotency-Key"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/brands", nil)
		r.Header[name] = []string{"a", "b"}
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "The header "+name+" is there twice; send one.") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
