package paymentgateway

import (
	"iter"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// question is a GET of the API. It is asked with the book locked.
type question struct {
	allowed []string
	ask     func(b *book, p params, id string, before int64) (any, *apiError)
	lags    bool // shows a payment only some time after it was made
}

// answer makes a question a handler. What it shows is on disk.
func (g *Gateway) answer(q question) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Request-Id", id("req"))
		body, refused := g.ask(w, r, q)
		if refused != nil {
			reply{Status: refused.status, Body: refused.body()}.write(w)
			return
		}
		if err := g.ledger.waitAll(); err != nil {
			g.broken(w, err)
			return
		}
		reply{Status: http.StatusOK, Body: body}.write(w)
	})
}

func (g *Gateway) ask(w http.ResponseWriter, r *http.Request, q question) ([]byte, *apiError) {
	if e := g.authenticate(r); e != nil {
		return nil, e
	}
	p, e := readParams(w, r, q.allowed)
	if e != nil {
		return nil, e
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	indexed := int64(math.MaxInt64) // what was made before is shown
	if q.lags && g.cfg.IndexLag > 0 {
		indexed = g.now().Add(-g.cfg.IndexLag).Unix()
	}
	found, e := q.ask(g.book, p, r.PathValue("id"), indexed)
	if e != nil {
		return nil, e
	}
	return mustJSON(found), nil
}

// list is a page of Stripe's lists, newest first.
type list[T any] struct {
	Object  string `json:"object"`
	URL     string `json:"url"`
	HasMore bool   `json:"has_more"`
	Data    []T    `json:"data"`
}

var retrieveIntent = question{
	allowed: []string{"client_secret"},
	ask: func(b *book, _ params, id string, _ int64) (any, *apiError) {
		in, err := b.intent(id)
		return in.Shown, err
	},
}

var retrieveRefund = question{
	ask: func(b *book, _ params, id string, _ int64) (any, *apiError) {
		r, err := b.refund(name(id))
		if err == nil && r.ID != id {
			err = missing(http.StatusNotFound, "id", "refund", id)
		}
		return r, err
	},
}

var listIntents = question{
	allowed: []string{"limit", "starting_after", "created"},
	ask: func(b *book, p params, _ string, _ int64) (any, *apiError) {
		made, err := p.within("created")
		if err != nil {
			return nil, err
		}
		found := b.shown(b.intents.order, func(in paymentIntent) bool { return made(in.Created) })
		return page(found, "/v1/payment_intents", p, func(in paymentIntent) string { return in.ID })
	},
}

var listRefunds = question{
	allowed: []string{"limit", "starting_after", "payment_intent", "charge", "created"},
	ask: func(b *book, p params, _ string, _ int64) (any, *apiError) {
		of := p.get("payment_intent")
		made, err := p.within("created")
		if err != nil {
			return nil, err
		}
		rs := func(yield func(refund, *apiError) bool) {
			for _, n := range slices.Backward(b.refunds.order) {
				r, err := b.refund(n)
				if (err != nil || (of == "" || r.PaymentIntent == of) && made(r.Created)) && !yield(r, err) {
					return
				}
			}
		}
		return page(rs, "/v1/refunds", p, func(r refund) string { return r.ID })
	},
}

// metadataQuery is the one form of Stripe's search language that is needed: metadata['payment_id']:'…'.
var metadataQuery = regexp.MustCompile(`^metadata\[['"]([^'"]+)['"]\]:['"]([^'"]*)['"]$`)

var searchIntents = question{
	allowed: []string{"query", "limit", "page"},
	lags:    true,
	ask: func(b *book, p params, _ string, before int64) (any, *apiError) {
		q := metadataQuery.FindStringSubmatch(p.get("query"))
		if q == nil {
			return nil, invalid("", "query", "This gateway searches by metadata['key']:'value' only.")
		}
		found := b.shown(b.tagged[name(q[1], q[2])], func(in paymentIntent) bool { return in.Metadata[q[1]] == q[2] && in.Created < before })
		return page(found, "/v1/payment_intents/search", p, func(in paymentIntent) string { return in.ID })
	},
}

// page cuts a page out of a list by limit and starting_after.
func page[T any](all iter.Seq2[T, *apiError], url string, p params, idOf func(T) string) (any, *apiError) {
	limit := 10
	if p.has("limit") {
		n, err := strconv.Atoi(p.get("limit"))
		if err != nil || n < 1 || n > 100 {
			return nil, invalid("parameter_invalid_integer", "limit", "limit is a number from 1 to 100.")
		}
		limit = n
	}
	after := p.get("starting_after")
	passed, data := after == "", []T{}
	for t, err := range all {
		switch {
		case err != nil:
			return nil, err
		case passed:
			data = append(data, t)
		default:
			passed = idOf(t) == after
		}
		if len(data) > limit {
			break
		}
	}
	if !passed {
		return nil, missing(http.StatusBadRequest, "starting_after", "object", after)
	}
	object := "list"
	if p.has("query") {
		object = "search_result"
	}
	return list[T]{Object: object, URL: url, HasMore: len(data) > limit, Data: data[:min(limit, len(data))]}, nil
}
