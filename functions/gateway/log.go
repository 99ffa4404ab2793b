package gateway

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/ordertoken"
	"github.com/onlinemart/mart/functions/internal/web"
)

// logged says of every request, once it is answered, what was asked and how that went: what it is for is its route, and whom it is by an id. It says no
// path, query, header or address, in which anybody may have written what is nobody's business. Where nobody reads such lines it costs nothing.
func logged(log *slog.Logger, routes *routeTable, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !log.Enabled(r.Context(), slog.LevelInfo) {
			next.ServeHTTP(w, r)
			return
		}
		began, watched := time.Now(), &watchedAnswer{ResponseWriter: w}
		defer func() {
			log.LogAttrs(r.Context(), slog.LevelInfo, "request", lineOf(r, routes.of(r), watched, time.Since(began))...)
		}()
		next.ServeHTTP(watched, r)
	})
}

func lineOf(r *http.Request, route string, w *watchedAnswer, took time.Duration) []slog.Attr {
	line := make([]slog.Attr, 0, 8)
	add := func(name, value string) {
		if value != "" {
			line = append(line, slog.String(name, value))
		}
	}
	add("method", knownMethod(r.Method))
	add("route", route)
	line = append(line, slog.Int("status", w.code()), slog.Float64("ms", float64(took.Microseconds())/1000))
	add("code", w.problem())
	add("traceId", bus.TraceID(r.Header.Get("Traceparent")))
	if w.code() != http.StatusUnauthorized { // else they are not who they say they are
		add("by", askerOf(r.Header))
	}
	add("subject", subjectOf(r.URL.Path))
	return line
}

// knownMethod keeps a client from writing into the log what it likes.
func knownMethod(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "other"
}

// plainID is what an asker's id looks like.
var plainID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// askerOf is who asks, as their token says. The gateway has no key to see whether it is true; the function has, and answers 401 where it is not.
func askerOf(h http.Header) string {
	var by events.Principal
	if token, bearer := strings.CutPrefix(h.Get("Authorization"), "Bearer "); bearer {
		by, _ = web.Claimed(token)
	} else if order, _, token := strings.Cut(h.Get(ordertoken.Header), "."); token {
		by = events.Guest(order)
	}
	if !plainID.MatchString(by.ID) {
		return ""
	}
	return string(by.Type) + ":" + by.ID
}

// subjectOf is the first id in a path: what most of its routes are about.
func subjectOf(path string) string {
	for part := range strings.SplitSeq(path, "/") {
		if len(part) == 36 && uuid.Validate(part) == nil {
			return part
		}
	}
	return ""
}

// watchedAnswer remembers the status of what goes out and, of a problem, the beginning, where its code is.
type watchedAnswer struct {
	http.ResponseWriter
	status int
	begins bytes.Buffer
}

// keptOfProblem is as much of a problem as its code is looked for in.
const keptOfProblem = 8 << 10

// WriteHeader notes the final status.
func (w *watchedAnswer) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write keeps the beginning of a problem.
func (w *watchedAnswer) Write(content []byte) (int, error) {
	if w.status >= http.StatusBadRequest && strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
		w.begins.Write(content[:min(len(content), max(keptOfProblem-w.begins.Len(), 0))])
	}
	return w.ResponseWriter.Write(content)
}

// Unwrap lets handlers reach the connection behind it.
func (w *watchedAnswer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watchedAnswer) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

// problem is the code of the problem that was answered; "" when it was none.
func (w *watchedAnswer) problem() string {
	if w.begins.Len() == 0 {
		return ""
	}
	d := json.NewDecoder(&w.begins)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return ""
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return ""
		}
		if name == "code" {
			var code string
			if json.Unmarshal(value, &code) != nil || !plainID.MatchString(code) {
				return ""
			}
			return code
		}
	}
	return ""
}
