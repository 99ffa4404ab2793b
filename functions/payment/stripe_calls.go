package payment

import (
	"context"
	"iter"
	"net/http"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/form"
)

// endpoints are the few of Stripe's that the mart calls. They go straight to the library's backend: its client would link the
// services of all of Stripe, 5 MB of a program that has 40.
type endpoints struct {
	backend stripe.Backend
	key     string
}

func (e endpoints) createIntent(ctx context.Context, p *stripe.PaymentIntentCreateParams) (*stripe.PaymentIntent, error) {
	p.Context = ctx
	return post[stripe.PaymentIntent](e, "/v1/payment_intents", p)
}

func (e endpoints) captureIntent(ctx context.Context, id string, p *stripe.PaymentIntentCaptureParams) (*stripe.PaymentIntent, error) {
	p.Context = ctx
	return post[stripe.PaymentIntent](e, stripe.FormatURLPath("/v1/payment_intents/%s/capture", id), p)
}

func (e endpoints) cancelIntent(ctx context.Context, id string, p *stripe.PaymentIntentCancelParams) (*stripe.PaymentIntent, error) {
	p.Context = ctx
	return post[stripe.PaymentIntent](e, stripe.FormatURLPath("/v1/payment_intents/%s/cancel", id), p)
}

func (e endpoints) createRefund(ctx context.Context, p *stripe.RefundCreateParams) (*stripe.Refund, error) {
	p.Context = ctx
	return post[stripe.Refund](e, "/v1/refunds", p)
}

func (e endpoints) intent(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
	return get[stripe.PaymentIntent](ctx, e, stripe.FormatURLPath("/v1/payment_intents/%s", id), nil)
}

// searchIntents gives the first page of what the search finds.
func (e endpoints) searchIntents(ctx context.Context, p *stripe.PaymentIntentSearchParams) ([]*stripe.PaymentIntent, error) {
	found, err := get[stripe.PaymentIntentSearchResult](ctx, e, "/v1/payment_intents/search", p)
	if err != nil {
		return nil, err
	}
	return found.Data, nil
}

// refunds gives every refund that p selects, page by page. An error ends it.
func (e endpoints) refunds(ctx context.Context, p *stripe.RefundListParams) iter.Seq2[*stripe.Refund, error] {
	return func(yield func(*stripe.Refund, error) bool) {
		for {
			page, err := get[stripe.RefundList](ctx, e, "/v1/refunds", p)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range page.Data {
				if !yield(r, nil) {
					return
				}
			}
			if !page.HasMore || len(page.Data) == 0 {
				return
			}
			p.StartingAfter = &page.Data[len(page.Data)-1].ID
		}
	}
}

// answerOf is what the library reads an answer into.
type answerOf[T any] interface {
	*T
	stripe.LastResponseSetter
}

func post[T any, A answerOf[T]](e endpoints, path string, p stripe.ParamsContainer) (*T, error) {
	var out T
	err := e.backend.Call(http.MethodPost, path, e.key, p, A(&out))
	return &out, err
}

// get reads what path and the query in p name; p may be nil.
func get[T any, A answerOf[T]](ctx context.Context, e endpoints, path string, p any) (*T, error) {
	var out T
	query := &form.Values{}
	if p != nil {
		form.AppendTo(query, p)
	}
	err := e.backend.CallRaw(http.MethodGet, path, e.key, []byte(query.Encode()), &stripe.Params{Context: ctx}, A(&out))
	return &out, err
}
