// Package client is the public HTTP API of the mart as a program sees it: who to be, what to send, what came back.
//
// It owns no knowledge of the inside: demo, seed, bench and the end-to-end suite all go through it, to any mart by its
// address. shop.go has the steps of a purchase, quotes.go what it costs, mail.go reads the inbox.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
)

// Client speaks to one mart as one person. The zero token is anyone.
type Client struct {
	URL   string // the mart's origin, without a slash at the end
	Token string // access token
	http  *http.Client

	OrderToken string // what opens one order to its guest
}

// New is anyone at the mart at address: an origin, or host:port for plain HTTP.
func New(address string) Client { return By("", address) }

// By is New, but connects to host:port instead of what address resolves to: an ingress that knows the mart by its name.
func By(hostport, address string) Client {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	return Client{URL: strings.TrimRight(address, "/"), http: &http.Client{
		Timeout: 40 * time.Second,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, resolved string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, cmp.Or(hostport, resolved))
			},
			MaxIdleConnsPerHost: 1024, IdleConnTimeout: 20 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// As is the same mart with another token.
func (c Client) As(token string) Client {
	c.Token, c.OrderToken = token, ""
	return c
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Took   time.Duration
}

// Problem is an answer of 400 or above. Source: RFC 9457.
type Problem struct {
	Status int          `json:"status"`
	Title  string       `json:"title"`
	Detail string       `json:"detail"`
	Code   string       `json:"code"`
	Errors []FieldError `json:"errors"`
	Quote  *Quote       `json:"quote"` // what an order would cost now
	raw    string
	what   string
}

// FieldError is one thing that is wrong with a request.
type FieldError struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.raw
	}
	for _, e := range p.Errors {
		text += "; " + e.Location + ": " + e.Message
	}
	return fmt.Sprintf("%s: %d %s %s", p.what, p.Status, p.Code, text)
}

// Header is one line of a request's header.
type Header struct{ Name, Value string }

// Key is an Idempotency-Key.
func Key(value string) Header { return Header{"Idempotency-Key", value} }

// NewKey is an Idempotency-Key that was never used.
func NewKey() Header { return Key(uuid.NewString()) }

// IfMatch is the version a change is meant for, as its ETag.
func IfMatch(tag string) Header { return Header{"If-Match", tag} }

// Prefer says how long to wait. Source: RFC 7240.
func Prefer(value string) Header { return Header{"Prefer", value} }

// Send does one request. body is sent as JSON (a merge patch with PATCH), url.Values as a form, nil as nothing. Error: no answer came.
func (c Client) Send(ctx context.Context, method, path string, body any, headers ...Header) (Answer, error) {
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return Answer{}, err
	}
	for _, h := range headers {
		req.Header.Set(h.Name, h.Value)
	}
	begin := time.Now()
	res, err := c.http.Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return Answer{}, fmt.Errorf("%s %s: nothing answers at %s: start it, or correct the address: %w", method, path, c.URL, syscall.ECONNREFUSED)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: raw, Took: time.Since(begin)}, nil
}

func (c Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	content, kind := []byte(nil), "application/json"
	switch b := body.(type) {
	case nil:
		kind = ""
	case url.Values:
		content, kind = []byte(b.Encode()), "application/x-www-form-urlencoded"
	case json.RawMessage:
		content = b
	default:
		var err error
		if content, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("%s %s: write the body: %w", method, path, err)
		}
	}
	if method == http.MethodPatch {
		kind = "application/merge-patch+json"
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if c.OrderToken != "" {
		req.Header.Set("Order-Token", c.OrderToken)
	}
	return req, nil
}

// Do sends and reads a T. Errors: *Problem when the mart refused; no answer; an answer that is no T.
func Do[T any](ctx context.Context, c Client, method, path string, body any, headers ...Header) (T, Answer, error) {
	var out T
	a, err := c.Send(ctx, method, path, body, headers...)
	if err != nil {
		return out, a, err
	}
	if a.Status >= http.StatusBadRequest {
		return out, a, a.Problem(method + " " + path)
	}
	if len(a.Body) == 0 {
		return out, a, nil
	}
	if err := json.Unmarshal(a.Body, &out); err != nil {
		return out, a, fmt.Errorf("%s %s: read the answer %.200s: %w", method, path, a.Body, err)
	}
	return out, a, nil
}

// Get reads a T.
func Get[T any](ctx context.Context, c Client, path string, headers ...Header) (T, error) {
	out, _, err := Do[T](ctx, c, http.MethodGet, path, nil, headers...)
	return out, err
}

// Post sends body and reads the T it made, which takes a second look when the mart is slow. Errors: as Do; the operation failed.
func Post[T any](ctx context.Context, c Client, path string, body any, headers ...Header) (T, error) {
	out, a, err := Do[T](ctx, c, http.MethodPost, path, body, headers...)
	if err != nil || a.Pending() == "" {
		return out, err
	}
	made, err := c.settled(ctx, a.Pending())
	if err != nil {
		return *new(T), err
	}
	return Get[T](ctx, c, made)
}

// Problem reads an answer of 400 or above; what says what was tried.
func (a Answer) Problem(what string) *Problem {
	p := &Problem{raw: fmt.Sprintf("%.300s", bytes.TrimSpace(a.Body)), what: what}
	_ = json.Unmarshal(a.Body, p) // an answer that is no problem+json is shown as it is
	var oauth struct {            // Source: RFC 6749 §5.2
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if p.Code == "" && json.Unmarshal(a.Body, &oauth) == nil {
		p.Code, p.Detail = oauth.Error, oauth.Description
	}
	p.Status = a.Status
	return p
}
