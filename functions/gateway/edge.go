package gateway

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/httprate"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// maxHeaders bounds the headers of a request, in bytes.
const maxHeaders = 32 << 10

// bodyTimeout is how long a body may take to arrive: less than the server gives the whole request, or there would be no time to say so.
const bodyTimeout = 20 * time.Second

// edge is what every request passes, from the outside in.
func edge(c Config, trusted []netip.Prefix, log *slog.Logger, next http.Handler) http.Handler {
	next = limitSize(bodyTimeout, next)
	next = limitMethods(next)
	next = limitMaking(posts(registrations), c.RegisterLimit, "Too many accounts were made from your address.", next)
	next = limitMaking(posts(carts), c.CartLimit, "Too many carts were opened from your address.", next)
	next = limitMaking(ordersOfGuest, c.GuestLimit, "Too many orders were placed without an account from your address.", next)
	next = limitRate(c.RateLimit, next)
	next = allowOrigins(c.Origins, next)
	next = securityHeaders(next)
	next = logged(log, newRouteTable(), next)
	next = trace(next)
	return identify(trusted, next)
}

// trace gives the request its trace before anything can refuse it, and tells it with every answer.
func trace(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parent := bus.TraceOf(r.Context(), r.Header.Get("Traceparent"))
		r.Header.Set("Traceparent", parent)
		w.Header().Set("Traceparent", parent)
		next.ServeHTTP(w, r)
	})
}

// securityHeaders sets the headers that keep browsers from doing more with an answer than it is for.
func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if clientOf(r.Context()).proto == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Cart-Secret, Content-Type, Idempotency-Key, If-Match, If-None-Match, Order-Token, Prefer, Traceparent"
	corsExposed = "Location, ETag, Link, Retry-After, Preference-Applied, Traceparent, WWW-Authenticate"
)

// allowOrigins lets pages on the named origins call. There are no cookies to protect: a token is sent by hand or not at all.
func allowOrigins(origins domain.Origins, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, origin := w.Header(), r.Header.Get("Origin")
		h.Add("Vary", "Origin")
		known := origins.Have(origin)
		if known {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", corsExposed)
		}
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		if known {
			h.Set("Access-Control-Allow-Methods", corsMethods)
			h.Set("Access-Control-Allow-Headers", corsHeaders)
			h.Set("Access-Control-Max-Age", "600")
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// methods are those of any route.
var methods = append(strings.Split(corsMethods, ", "), http.MethodOptions)

// limitMethods refuses what is no method of any route: a client may send any word of any length as one.
func limitMethods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(methods, r.Method) {
			web.Refuse(w, r, &events.Problem{Status: http.StatusNotImplemented, Code: "method_unknown", Detail: "Nothing here takes this method. GET /openapi.json lists what there is."})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitRate bounds what one address asks of this instance of the gateway in a minute; n instances let n times as much through.
func limitRate(perMinute int, next http.Handler) http.Handler {
	return limitAddress(perMinute, time.Minute, "Too many requests from your address.", next)
}

// posts tells of requests whether they make a thing of a collection.
func posts(collection string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.TrimSuffix(r.URL.Path, "/") == collection
	}
}

// ordersOfGuest tells whether a request places an order without an account: what has an access token is not one.
func ordersOfGuest(r *http.Request) bool {
	below, inCart := strings.CutPrefix(strings.TrimSuffix(r.URL.Path, "/"), carts+"/")
	cart, isOrder := strings.CutSuffix(below, "/order")
	return r.Header.Get("Authorization") == "" && (posts(orders)(r) || r.Method == http.MethodPost && inCart && isOrder && !strings.Contains(cart, "/"))
}

// limitMaking bounds how many things that are open to anybody one address makes in an hour, whatever becomes of each.
func limitMaking(makes func(*http.Request) bool, perHour int, why string, next http.Handler) http.Handler {
	limited := limitAddress(perHour, time.Hour, why, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if makes(r) {
			limited.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitAddress lets that many requests of one client address through in that time; 0: any number.
func limitAddress(most int, in time.Duration, why string, next http.Handler) http.Handler {
	if most == 0 {
		return next
	}
	return httprate.LimitBy(most, in,
		func(r *http.Request) (string, error) {
			return httprate.CanonicalizeIP(clientOf(r.Context()).address), nil
		},
		httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}),
		httprate.WithLimitHandler(func(w http.ResponseWriter, r *http.Request) {
			retry := w.Header().Get("Retry-After")
			web.Refuse(w, r, &events.Problem{Status: http.StatusTooManyRequests, Code: "too_many_requests", Detail: why + " Retry-After says how many seconds to wait."}, "Retry-After", retry)
		}),
	)(next)
}

// limitSize refuses what is too large, or too slow to come, before any function sees it, and takes the body in.
func limitSize(patience time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sizeOf(r.Header) > maxHeaders {
			web.Refuse(w, r, &events.Problem{Status: http.StatusRequestHeaderFieldsTooLarge, Code: "headers_too_large", Detail: tooLargeHeaders})
			return
		}
		limit := int64(web.MaxBody)
		if strings.HasPrefix(r.URL.Path, webhooks) {
			limit = web.MaxWebhook
		}
		body, problem := readBody(w, r, limit, patience)
		if problem != nil {
			w.Header().Set("Connection", "close")
			web.Refuse(w, r, problem)
			return
		}
		next.ServeHTTP(w, withBody(r, body))
	})
}

// readBody takes the body in, within its limit and the time that it may take to arrive.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, patience time.Duration) ([]byte, *events.Problem) {
	if r.ContentLength > limit {
		return nil, web.TooLarge(limit)
	}
	connection := http.NewResponseController(w)
	err := connection.SetReadDeadline(time.Now().Add(patience))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, unreadable
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		// Else the server takes the deadline, when it passes while a function works, for a client that has gone.
		if err = connection.SetReadDeadline(time.Time{}); err == nil || errors.Is(err, http.ErrNotSupported) {
			return body, nil
		}
		return nil, unreadable
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, web.TooLarge(limit)
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return nil, &events.Problem{Status: http.StatusRequestTimeout, Code: "too_slow", Detail: "The body did not arrive in time."}
	}
	return nil, unreadable
}

var unreadable = &events.Problem{Status: http.StatusBadRequest, Code: "malformed", Detail: "The body could not be read to its end."}

func sizeOf(h http.Header) int {
	n := 0
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + 4
		}
	}
	return n
}
