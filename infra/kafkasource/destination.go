package kafkasource

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	connections   = 100     // per source, as in Knative
	shownBytes    = 1024    // of an answer, in knativeerrordata
	drainedBytes  = 1 << 20 // of an answer, so that its connection can be used again
	errorPrefix   = "Kne-"  // headers of an answer that become extensions of the dead letter
	idleTimeout   = 15 * time.Second
	dialTimeout   = 10 * time.Second
	keepAliveTime = 30 * time.Second
)

// destination takes events, one attempt a call.
type destination interface {
	send(ctx context.Context, e event) answer
	String() string // as it stands in knativeerrordest
}

// answer is the result of one attempt. code is 0 if there was none (timeout, cut connection), then err says why.
type answer struct {
	code   int
	header http.Header
	body   []byte // its first 1,024 bytes
	err    error
}

func (a answer) ok() bool { return a.code >= 200 && a.code < 300 }

// retried holds the codes below 500 that are worth another attempt.
var retried = map[int]bool{
	http.StatusNotFound:        true,
	http.StatusRequestTimeout:  true,
	http.StatusConflict:        true,
	http.StatusTooManyRequests: true,
}

func (a answer) worthRetry() bool { return a.code == 0 || a.code >= 500 || retried[a.code] }

func (a answer) problem() error {
	if a.err != nil {
		return a.err
	}
	return fmt.Errorf("answered %d", a.code)
}

// errorExtensions are what a dead letter tells about the delivery that failed.
func (a answer) errorExtensions(to destination) map[string]string {
	extensions := map[string]string{"knativeerrordest": to.String()}
	if a.code == 0 {
		return extensions
	}
	extensions["knativeerrorcode"] = strconv.Itoa(a.code)
	for name, values := range a.header {
		if rest, found := strings.CutPrefix(name, errorPrefix); found && rest != "" {
			extensions[strings.ToLower(rest)] = values[0]
		}
	}
	if len(a.body) > 0 {
		extensions["knativeerrordata"] = base64.StdEncoding.EncodeToString(a.body)
	}
	return extensions
}

// httpSink posts events to a URL.
type httpSink struct {
	url       *url.URL
	transport *http.Transport
	namespace string // of the source, which each request names
}

// newTransport makes the connection pool of one source. Nothing more of a client is needed: redirects are answers, not followed. Idle
// connections are dropped well before a function's server does (30 s), so that no event meets a closing one.
func newTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialTimeout, KeepAlive: keepAliveTime}).DialContext,
		MaxConnsPerHost:     connections,
		MaxIdleConns:        2 * connections, // sink and dead letter sink
		MaxIdleConnsPerHost: connections,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
	}
}

func newHTTPSink(address, namespace string, transport *http.Transport) (*httpSink, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("parse sink URL: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("sink URL %q is not absolute: write it like http://host/path", address)
	}
	return &httpSink{u, transport, namespace}, nil
}

func (s *httpSink) String() string { return s.url.String() }

func (s *httpSink) send(ctx context.Context, e event) answer {
	header := maps.Clone(e.header)
	header.Set("Prefer", "reply")
	header.Set("Kn-Namespace", s.namespace)
	request := (&http.Request{
		Method:        http.MethodPost,
		URL:           s.url,
		Host:          s.url.Host,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(e.body)),
		GetBody:       func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(e.body)), nil },
		ContentLength: int64(len(e.body)),
	}).WithContext(ctx)
	if len(e.body) == 0 {
		request.Body, request.GetBody = http.NoBody, nil
	}
	response, err := s.transport.RoundTrip(request)
	if err != nil {
		return answer{err: fmt.Errorf("post event: %w", err)}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, shownBytes))
	if err == nil {
		_, err = io.CopyN(io.Discard, response.Body, drainedBytes)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return answer{err: fmt.Errorf("read answer: %w", err)}
	}
	return answer{code: response.StatusCode, header: response.Header, body: body}
}
