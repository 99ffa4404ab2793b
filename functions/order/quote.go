package order

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// quoteRoutes declares how somebody learns what an order would cost.
func quoteRoutes(api *web.API) {
	web.Read(api, web.Route{
		Method: http.MethodPost, Path: "/quotes", ID: "makeQuote", Summary: "See what goods would cost, sent somewhere",
		Description: quoting, Access: web.Access{Anyone: true}, Also: []int{http.StatusConflict},
	}, routes{api: api}.quote)
}

const quoting = "The example's id is made up: GET /products has those of products. It needs no log-in, reserves nothing, and is not kept. Each of choices is a way in which the goods can be sent, with the whole sum by it, the " +
	"cheapest first; there is none when nothing goes there. 422 product_not_sold and 409 out_of_stock name the lines, as they would for an order."

// QuoteDestination is where goods would go.
type QuoteDestination struct {
	Country    string `json:"country" doc:"ISO 3166-1 alpha-2." example:"GB"`
	Region     string `json:"region,omitempty" doc:"The part of the country, where taxes depend on it: ISO 3166-2 without the country, such as CA for California."`
	PostalCode string `json:"postalCode,omitempty" doc:"Where it is missing, ways that serve a part of the country only are not offered." example:"N1 9GU"`
}

// TransformSchema gives the members the limits of their declaration.
func (QuoteDestination) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.Destination](s)
}

// QuoteRequest is what somebody thinks of ordering, and whereto.
type QuoteRequest struct {
	Lines       []OrderItem      `json:"lines" nullable:"false" doc:"What it would be: at most 100 lines, of one currency."`
	Destination QuoteDestination `json:"destination" doc:"Where it would go."`
}

// TransformSchema gives the members the limits of their declaration.
func (QuoteRequest) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.QuoteRequest](s)
}

// Resolve finds what is wrong beyond the shape.
func (q QuoteRequest) Resolve(huma.Context) []error {
	_, err := q.question()
	return web.Faults(err)
}

func (q QuoteRequest) question() (events.QuoteRequest, error) {
	asked := events.QuoteRequest{Destination: events.Destination(q.Destination)}
	for _, line := range q.Lines {
		asked.Lines = append(asked.Lines, events.OrderItem{ProductID: string(line.ProductID), Quantity: line.Quantity})
	}
	return domain.QuoteRequest(asked)
}

type quoteIn struct {
	Body QuoteRequest
}

func (r routes) quote(ctx context.Context, in *quoteIn) (*web.Document[web.Quote], error) {
	asked, err := in.Body.question()
	if err != nil {
		return nil, err
	}
	made, err := bus.Ask(ctx, r.api.Asker(), events.MakeQuote, asked)
	if err != nil {
		return nil, err
	}
	return &web.Document[web.Quote]{Status: http.StatusOK, CacheControl: web.NoStore, Body: web.ShowQuote(&made)}, nil
}
