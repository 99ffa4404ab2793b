package paymentgateway

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// question is a GET of the API. It is asked with the book locked.
type question struct {
	allowed []string
	ask     func(b *book, p params, id string) (any, *apiError)
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
	b := g.book
	if q.lags && g.cfg.IndexLag > 0 {
		b = b.before(g.now().Add(-g.cfg.IndexLag))
	}
	found, e := q.ask(b, p, r.PathValue("id"))
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
	ask: func(b *book, _ params, id string) (any, *apiError) {
		in, err := b.intent(id)
		return in.Shown, err
	},
}

var retrieveRefund = question{
	ask: func(b *book, _ params, id string) (any, *apiError) {
		r, ok := b.refunds[id]
		if !ok {
			return nil, missing(http.StatusNotFound, "id", "refund", id)
		}
		return r, nil
	},
}

var listIntents = question{
	allowed: []string{"limit", "starting_after", "created"},
	ask: func(b *book, p params, _ string) (any, *apiError) {
		made, err := p.within("created")
		if err != nil {
			return nil, err
		}
		found := b.shown(func(in paymentIntent) bool { return made(in.Created) })
		return page(found, "/v1/payment_intents", p, func(in paymentIntent) string { return in.ID })
	},
}

var listRefunds = question{
	allowed: []string{"limit", "starting_after", "payment_intent", "charge", "created"},
	ask: func(b *book, p params, _ string) (any, *apiError) {
		of := p.get("payment_intent")
		made, err := p.within("created")
		if err != nil {
			return nil, err
		}
		rs := slices.DeleteFunc(slices.Collect(maps.Values(b.refunds)), func(r refund) bool { return of != "" && r.PaymentIntent != of || !made(r.Created) })
		slices.SortFunc(rs, func(x, y refund) int { return cmp.Or(cmp.Compare(y.Created, x.Created), cmp.Compare(x.ID, y.ID)) })
		return page(rs, "/v1/refunds", p, func(r refund) string { return r.ID })
	},
}

// metadataQuery is the one form of Stripe's search language that is needed: metadata['payment_id']:'…'.
var metadataQuery = regexp.MustCompile(`^metadata\[['"]([^'"]+)['"]\]:['"]([^'"]*)['"]$`)

var searchIntents = question{
	allowed: []string{"query", "limit", "page"},
	lags:    true,
	ask: func(b *book, p params, _ string) (any, *apiError) {
		q := metadataQuery.FindStringSubmatch(p.get("query"))
		if q == nil {
			return nil, invalid("", "query", "This gateway searches by metadata['key']:'value' only.")
		}
		found := b.shown(func(in paymentIntent) bool { return in.Metadata[q[1]] == q[2] })
		return page(found, "/v1/payment_intents/search", p, func(in paymentIntent) string { return in.ID })
	},
}

// before is what the search's index has: the payments made before t.
func (b *book) before(t time.Time) *book {
	older := newBook()
	for id, in := range b.intents {
		if in.Shown.Created < t.Unix() {
			older.intents[id] = in
		}
	}
	return older
}

// shown lists intents, newest first.
func (b *book) shown(wanted func(paymentIntent) bool) []paymentIntent {
	var found []paymentIntent
	for _, in := range b.intents {
		if wanted(in.Shown) {
			found = append(found, in.Shown)
		}
	}
	slices.SortFunc(found, func(x, y paymentIntent) int {
		return cmp.Or(cmp.Compare(y.Created, x.Created), cmp.Compare(x.ID, y.ID))
	})
	return found
}

// page cuts a page out of a list by limit and starting_after.
func page[T any](all []T, url string, p params, idOf func(T) string) (any, *apiError) {
	limit := 10
	if p.has("limit") {
		n, err := strconv.Atoi(p.get("limit"))
		if err != nil || n < 1 || n > 100 {
			return nil, invalid("parameter_invalid_integer", "limit", "limit is a number from 1 to 100.")
		}
		limit = n
	}
	if after := p.get("starting_after"); after != "" {
		i := slices.IndexFunc(all, func(t T) bool { return idOf(t) == after })
		if i < 0 {
			return nil, missing(http.StatusBadRequest, "starting_after", "object", after)
		}
		all = all[i+1:]
	}
	object := "list"
	if p.has("query") {
		object = "search_result"
	}
	l := list[T]{Object: object, URL: url, HasMore: len(all) > limit, Data: all[:min(limit, len(all))]}
	if l.Data == nil {
		l.Data = []T{}
	}
	return l, nil
}
