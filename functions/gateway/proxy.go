package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/prometheus/client_golang/prometheus"
)

// proxy hands requests to the functions they are for.
type proxy struct {
	reverse   *httputil.ReverseProxy
	transport *http.Transport
	upstreams map[events.Function]*url.URL
	timeout   time.Duration
	log       *slog.Logger
	seconds   *prometheus.HistogramVec
}

func newProxy(r *boot.Runtime, timeout time.Duration, upstreams map[events.Function]*url.URL) (*proxy, error) {
	p := &proxy{upstreams: upstreams, timeout: timeout, log: r.Log, transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		MaxIdleConns:        0, // as many as the functions keep
		MaxIdleConnsPerHost: 512,
		IdleConnTimeout:     20 * time.Second, // shorter than the functions', so that we are the ones who hang up
		DisableCompression:  true,             // what a function compressed, the client unpacks
	}}
	p.seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "mart_gateway_request_seconds", Help: "Time for a function's whole answer, by function and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 3, 15},
	}, []string{"function", "status"})
	p.reverse = &httputil.ReverseProxy{
		Rewrite: rewrite, Transport: traced(r.Tracer, retryTransport{p.transport}), ErrorHandler: p.fail, ModifyResponse: p.inspect,
		BufferPool: newBuffers(), ErrorLog: slog.NewLogLogger(r.Log.Handler(), slog.LevelDebug),
	}
	return p, r.Metrics.Register(p.seconds)
}

// buffers are what answers are copied through: without them each answer takes a new one, larger than all else that a request takes.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10 // io.Copy's own

func newBuffers() *buffers {
	return &buffers{sync.Pool{New: func() any { return new([bufferSize]byte) }}}
}

// Get lends one.
func (b *buffers) Get() []byte { return b.pool.Get().(*[bufferSize]byte)[:] }

// Put takes it back.
func (b *buffers) Put(lent []byte) { b.pool.Put((*[bufferSize]byte)(lent)) }

// upstream is the function a request is for.
type upstream struct {
	name events.Function
	url  *url.URL
}

type upstreamKey struct{}

func upstreamOf(ctx context.Context) upstream {
	u, _ := ctx.Value(upstreamKey{}).(upstream)
	return u
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := functionFor(r.URL.Path)
	if !ok {
		web.Refuse(w, r, noSuchRoute(r.URL.Path))
		return
	}
	nameSpan(r)
	ctx, cancel := context.WithTimeout(r.Context(), p.timeout)
	defer cancel()
	began, answer := time.Now(), &answer{ResponseWriter: w}
	p.reverse.ServeHTTP(answer, r.WithContext(context.WithValue(ctx, upstreamKey{}, upstream{f, p.upstreams[f]})))
	p.seconds.WithLabelValues(string(f), strconv.Itoa(answer.status)).Observe(time.Since(began).Seconds())
}

// noSuchRoute is the answer at a path that is no function's.
func noSuchRoute(requested string) *events.Problem {
	if id, asked := operationID(requested); asked {
		return events.NotFound("operation", id)
	}
	return &events.Problem{Status: http.StatusNotFound, Code: "no_such_route", Detail: "There is nothing at this path. GET /openapi.json lists what there is."}
}

// answer remembers the status of what goes out.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// rewrite addresses the request to its function. Knative routes by Host, so the function's own must be there.
func rewrite(r *httputil.ProxyRequest) {
	r.SetURL(upstreamOf(r.In.Context()).url)
	r.Out.URL.RawQuery = r.In.URL.RawQuery // also what cannot be parsed, which the proxy would leave out: the function refuses it
	for name := range r.Out.Header {
		if isInternalHeader(name) {
			r.Out.Header.Del(name)
		}
	}
	from := clientOf(r.In.Context())
	r.Out.Header.Set("X-Forwarded-For", from.address)
	r.Out.Header.Set("X-Forwarded-Proto", from.proto)
	r.Out.Header.Set("X-Forwarded-Host", r.In.Host)
}

// isInternalHeader tells the headers that mean something between our own programs and that no client may set.
func isInternalHeader(name string) bool {
	return strings.HasPrefix(name, "Ce-") || strings.HasPrefix(name, "K-") || strings.HasPrefix(name, "Knative-") ||
		strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "X-Real-Ip"
}

// inspect replaces a failure that did not come as a problem: from whatever stands between us and the function. The trace is told already.
func (p *proxy) inspect(res *http.Response) error {
	res.Header.Del("Traceparent")
	if res.StatusCode < 500 || strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
		return nil
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be kept
	return errors.Join(errUnusable, res.Body.Close())
}

var errUnusable = errors.New("the function is not there yet or has just gone")

// fail answers when there is no answer.
func (p *proxy) fail(w http.ResponseWriter, r *http.Request, err error) {
	problem := &events.Problem{
		Status: http.StatusServiceUnavailable, Code: "unavailable",
		Detail: "This part of the mart does not answer right now. Try again in a moment; with the same Idempotency-Key nothing is done twice.",
	}
	switch {
	case errors.Is(err, context.Canceled):
		p.log.Debug("a client went away", "path", r.URL.Path)
		w.WriteHeader(499) // nobody reads it
		return
	case errors.Is(err, context.DeadlineExceeded):
		problem = &events.Problem{
			Status: http.StatusGatewayTimeout, Code: "upstream_timeout",
			Detail: "This part of the mart did not answer in time. It may still have done what was asked: repeat the request with the same Idempotency-Key to find out.",
		}
	}
	p.log.Warn("a function gave no answer", "host", r.URL.Host, "method", r.Method, "path", r.URL.Path, "status", problem.Status,
		"traceId", bus.TraceID(r.Header.Get("Traceparent")), "reason", err)
	web.Refuse(w, r, problem)
}

// retryTransport tries again to reach a function that took no connection, for requests that change nothing.
type retryTransport struct{ next http.RoundTripper }

// retryDelays are before the second and third try: a function that restarts is back within them.
var retryDelays = []time.Duration{50 * time.Millisecond, 200 * time.Millisecond}

func (t retryTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	for _, pause := range retryDelays {
		if err == nil || (r.Method != http.MethodGet && r.Method != http.MethodHead) || !refused(err) {
			return res, err
		}
		select {
		case <-r.Context().Done():
			return nil, err
		case <-time.After(pause):
		}
		res, err = t.next.RoundTrip(r)
	}
	return res, err
}

// refused tells that no connection came about, so that nothing was sent.
func refused(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// withBody is a request whose body is here in full: a slow client then keeps no function waiting.
func withBody(r *http.Request, body []byte) *http.Request {
	if len(body) == 0 {
		r.Body, r.ContentLength = http.NoBody, 0
		return r
	}
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	return r
}
