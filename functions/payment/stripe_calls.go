package payment

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/form"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/onlinemart/mart/events/bus"
)

// endpoints are the few of Stripe's that the mart calls. They go straight to the library's backend: its client would link the
// services of all of Stripe, 5 MB of a program that may have 48.
type endpoints struct {
	backend stripe.Backend
	key     string
	host    string
}

func (e endpoints) createIntent(ctx context.Context, p *stripe.PaymentIntentCreateParams) (*stripe.PaymentIntent, error) {
	return post[stripe.PaymentIntent](ctx, e, "/v1/payment_intents", "", p)
}

func (e endpoints) captureIntent(ctx context.Context, id string, p *stripe.PaymentIntentCaptureParams) (*stripe.PaymentIntent, error) {
	return post[stripe.PaymentIntent](ctx, e, "/v1/payment_intents/{id}/capture", id, p)
}

func (e endpoints) cancelIntent(ctx context.Context, id string, p *stripe.PaymentIntentCancelParams) (*stripe.PaymentIntent, error) {
	return post[stripe.PaymentIntent](ctx, e, "/v1/payment_intents/{id}/cancel", id, p)
}

func (e endpoints) createRefund(ctx context.Context, p *stripe.RefundCreateParams) (*stripe.Refund, error) {
	return post[stripe.Refund](ctx, e, "/v1/refunds", "", p)
}

func (e endpoints) intent(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
	return get[stripe.PaymentIntent](ctx, e, "/v1/payment_intents/{id}", id, nil)
}

// searchIntents gives the first page of what the search finds.
func (e endpoints) searchIntents(ctx context.Context, p *stripe.PaymentIntentSearchParams) ([]*stripe.PaymentIntent, error) {
	found, err := get[stripe.PaymentIntentSearchResult](ctx, e, "/v1/payment_intents/search", "", p)
	if err != nil {
		return nil, err
	}
	return found.Data, nil
}

// intents gives every payment intent that p selects, newest first, page by page. An error ends it.
func (e endpoints) intents(ctx context.Context, p *stripe.PaymentIntentListParams) iter.Seq2[*stripe.PaymentIntent, error] {
	return pages(&p.ListParams, func(in *stripe.PaymentIntent) string { return in.ID }, func() ([]*stripe.PaymentIntent, bool, error) {
		page, err := get[stripe.PaymentIntentList](ctx, e, "/v1/payment_intents", "", p)
		return page.Data, page.HasMore, err
	})
}

// refunds gives every refund that p selects, page by page. An error ends it.
func (e endpoints) refunds(ctx context.Context, p *stripe.RefundListParams) iter.Seq2[*stripe.Refund, error] {
	return pages(&p.ListParams, func(r *stripe.Refund) string { return r.ID }, func() ([]*stripe.Refund, bool, error) {
		page, err := get[stripe.RefundList](ctx, e, "/v1/refunds", "", p)
		return page.Data, page.HasMore, err
	})
}

// pages goes through a list: each next page is asked for by the id of the last thing on the one before.
func pages[T any](p *stripe.ListParams, idOf func(*T) string, next func() (page []*T, more bool, err error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			page, more, err := next()
			if err != nil {
				yield(nil, err)
				return
			}
			for _, one := range page {
				if !yield(one, nil) {
					return
				}
			}
			if !more || len(page) == 0 {
				return
			}
			p.StartingAfter = stripe.String(idOf(page[len(page)-1]))
		}
	}
}

// answerOf is what the library reads an answer into.
type answerOf[T any] interface {
	*T
	stripe.LastResponseSetter
}

// post does what path, with id in place of {id}, and p say.
func post[T any, A answerOf[T]](ctx context.Context, e endpoints, path, id string, p stripe.ParamsContainer) (*T, error) {
	var out T
	p.GetParams().Context = ctx
	end := e.span(ctx, http.MethodPost, path)
	err := e.backend.Call(http.MethodPost, filled(path, id), e.key, p, A(&out))
	end(err)
	return &out, err
}

// get reads what path and the query in p name; p may be nil.
func get[T any, A answerOf[T]](ctx context.Context, e endpoints, path, id string, p any) (*T, error) {
	var out T
	query := &form.Values{}
	if p != nil {
		form.AppendTo(query, p)
	}
	end := e.span(ctx, http.MethodGet, path)
	err := e.backend.CallRaw(http.MethodGet, filled(path, id), e.key, []byte(query.Encode()), &stripe.Params{Context: ctx}, A(&out))
	end(err)
	return &out, err
}

func filled(path, id string) string { return strings.Replace(path, "{id}", url.PathEscape(id), 1) }

// span begins the span of a call; what it gives ends it. The provider is not told of the trace.
func (e endpoints) span(ctx context.Context, method, path string) (end func(error)) {
	_, span := bus.Within(ctx, trace.SpanKindClient, method+" "+path)
	span.SetAttributes(semconv.HTTPRequestMethodKey.String(method), semconv.URLTemplate(path), semconv.ServerAddress(e.host))
	return func(err error) {
		refusal, answered := errors.AsType[*stripe.Error](err)
		switch {
		case err == nil:
			span.SetAttributes(semconv.HTTPResponseStatusCode(http.StatusOK))
		case answered:
			span.SetAttributes(semconv.HTTPResponseStatusCode(refusal.HTTPStatusCode))
			if err = nil; refusal.HTTPStatusCode != http.StatusPaymentRequired { // a declined card is an answer
				span.Fail(strconv.Itoa(refusal.HTTPStatusCode))
			}
		}
		span.End(err)
	}
}
