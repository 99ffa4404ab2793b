package order_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/order"
)

// Whoever says how an order is sent, or what was quoted, asks for it by a message that no older db overlooks; whoever does not asks as ever. What it would
// cost now comes with a refusal, and what it costs with the order.
func TestPlacingSaysHowItIsSent(t *testing.T) {
	t.Parallel()
	money := func(amount int64) events.Money { return events.Money{Amount: amount, Currency: "EUR"} }
	until := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	sum := events.Sum{Goods: money(100), Charges: []events.Charge{}, Taxes: []events.TaxAmount{}, Total: money(100)}
	changed := events.Refuse("quote_changed", "It costs something else by now.")
	changed.Quote = &events.Quote{Lines: []events.OrderLine{}, Choices: []events.QuoteChoice{{Sum: sum, Quote: "new"}}, ValidUntil: until}
	tax := events.TaxAmount{Name: "VAT", TaxClass: "standard", Rate: 23_000, Included: true, Taxed: money(590), Amount: money(110)}
	charge := events.OrderCharge{Charge: events.Charge{ShippingMethodID: id, Name: "Parcel", TaxClass: "standard", Amount: money(490)}, Tax: money(91), TaxedAs: "standard"}
	placed := &events.OrderState{Meta: events.Meta{ID: id, Version: 1}, GoodsTotal: money(100), Charges: []events.OrderCharge{charge}, Taxes: []events.TaxAmount{tax}, Total: money(590)}
	s := functiontest.Start(t, events.Order, order.Routes, functiontest.Script{
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.PlaceOrder.Type(): func(functiontest.Command) (events.Declared, any, error) {
				return events.OrderPlaced, &events.OrderState{Meta: events.Meta{ID: id, Version: 1}, Total: money(100)}, nil
			},
			events.PlaceChosen.Type(): func(c functiontest.Command) (events.Declared, any, error) {
				if strings.Contains(string(c.Data), `"old"`) {
					return nil, nil, changed
				}
				return events.OrderPlaced, placed, nil
			},
		},
	})
	const cart = `{"lines":[{"productId":"` + id + `","quantity":1}],` + address
	do := func(more string) functiontest.Reply {
		return s.Do(t, functiontest.Shopper, "POST", "/orders", cart+more+`}`, "Idempotency-Key", "key "+strings.ReplaceAll(more, `"`, "."))
	}
	var plain, chosen order.Order
	do(``).JSON(t, &plain)
	do(`,"shippingMethodId":"`+strings.ToUpper(id)+`"`).JSON(t, &chosen)
	if plain.Goods != money(100) || plain.Charges == nil || plain.Taxes == nil {
		t.Errorf("an order of before shipping and taxes: %+v", plain)
	}
	if chosen.Goods != money(100) || chosen.Total != money(590) || !cmp.Equal(chosen.Charges, placed.Charges) || !cmp.Equal(chosen.Taxes, placed.Taxes) {
		t.Errorf("%+v", chosen)
	}
	var problem web.Problem
	refused := do(`,"quote":"old"`)
	refused.JSON(t, &problem)
	want := &web.Quote{Lines: []web.QuoteLine{}, ValidUntil: until, Choices: []web.QuoteChoice{{Goods: sum.Goods, Charges: sum.Charges, Taxes: sum.Taxes, Total: sum.Total, Quote: "new"}}}
	if diff := cmp.Diff(want, problem.Quote); diff != "" || refused.StatusCode != 409 || problem.Code != "quote_changed" {
		t.Errorf("%s (-want +got):\n%s", refused.Text, diff)
	}
	for more, says := range map[string]string{
		`,"quote":"q","shippingMethodId":"` + id + `"`: "body.shippingMethodId", `,"quote":"` + strings.Repeat("q", 201) + `"`: "body.quote",
		`,"shippingMethodId":"x"`: "body.shippingMethodId", `,"total":1`: "body.total",
	} {
		if got := do(more); got.StatusCode != 422 || !strings.Contains(got.Text, `"`+says+`"`) {
			t.Errorf("%s: %s %s", more, got.Status, got.Text)
		}
	}
	type said struct {
		Type, ShippingMethodID, Quote string
	}
	var sent []said
	for _, c := range s.Commands() {
		one := said{Type: c.Type}
		if err := json.Unmarshal(c.Data, &one); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, one)
	}
	if diff := cmp.Diff([]said{{Type: events.PlaceOrder.Type()}, {Type: events.PlaceChosen.Type(), ShippingMethodID: id}, {Type: events.PlaceChosen.Type(), Quote: "old"}}, sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}
