package order_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/order"
)

// Anybody learns what goods cost: db is asked, nothing is sent, and nobody keeps the answer.
func TestAQuoteIsForAnybody(t *testing.T) {
	t.Parallel()
	var asked events.QuoteRequest
	money := events.Money{Amount: 100, Currency: "EUR"}
	until := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	sum := events.Sum{Goods: money, Charges: []events.Charge{}, Taxes: []events.TaxAmount{}, Total: money}
	line := events.OrderLine{ProductID: id, SKU: "A", Name: "Atlas", UnitPrice: money, Quantity: 1, Total: money}
	shownLine := web.QuoteLine{ProductID: id, SKU: "A", Name: "Atlas", UnitPrice: money, Quantity: 1, Total: money}
	s := functiontest.Start(t, events.Order, order.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){
			events.MakeQuote.Type(): func(q functiontest.Query) (any, error) {
				if strings.Contains(string(q.Data), `"quantity":9`) {
					return nil, events.Refuse("out_of_stock", "There is not enough left.")
				}
				return &events.Quote{Lines: []events.OrderLine{line}, Choices: []events.QuoteChoice{{Sum: sum, Quote: "q"}}, ValidUntil: until}, json.Unmarshal(q.Data, &asked)
			},
		},
	})
	const want = `{"lines":[{"productId":"` + id + `","quantity":1}],"destination":{"country":"PT","postalCode":"1100-148"}}`
	for _, who := range []string{"", functiontest.Shopper, functiontest.Viewer} {
		got := s.Do(t, who, http.MethodPost, "/quotes", want)
		var q web.Quote
		got.JSON(t, &q)
		shown := web.Quote{Lines: []web.QuoteLine{shownLine}, ValidUntil: until, Choices: []web.QuoteChoice{{
			Goods: money, Charges: []events.Charge{}, Taxes: []events.TaxAmount{}, Total: money, Quote: "q",
		}}}
		if diff := cmp.Diff(shown, q); diff != "" || got.StatusCode != 200 || got.Header.Get("Cache-Control") != web.NoStore {
			t.Errorf("%q: %s %s (-want +got):\n%s", who, got.Status, got.Header.Get("Cache-Control"), diff)
		}
	}
	if diff := cmp.Diff(events.QuoteRequest{Lines: []events.OrderItem{{ProductID: id, Quantity: 1}}, Destination: events.Destination{Country: "PT", PostalCode: "1100-148"}}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	for body, c := range map[string]struct {
		status int
		says   string
	}{
		strings.Replace(want, `"quantity":1`, `"quantity":9`, 1):               {409, "out_of_stock"},
		strings.Replace(want, `"quantity":1`, `"quantity":0`, 1):               {422, "body.lines[0].quantity"},
		strings.Replace(want, `"PT"`, `"UK"`, 1):                               {422, "body.destination.country"},
		strings.Replace(want, `1100-148`, `N1`, 1):                             {422, "body.destination.postalCode"},
		strings.Replace(want, `"quantity":1`, `"quantity":1,"unitPrice":1`, 1): {422, "unitPrice"},
		`{"lines":[],"destination":{"country":"PT"}}`:                          {422, "body.lines"},
	} {
		if got := s.Do(t, "", http.MethodPost, "/quotes", body); got.StatusCode != c.status || !strings.Contains(got.Text, c.says) {
			t.Errorf("%s: %s %s", body, got.Status, got.Text)
		}
	}
	if sent := s.Commands(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
}
