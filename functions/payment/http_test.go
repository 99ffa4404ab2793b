package payment

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
)

const paymentID = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"

// A refund is money like everything else, coming in and going out.
func TestARefundIsMoney(t *testing.T) {
	t.Parallel()
	given := events.PaymentState{
		Meta: events.Meta{ID: paymentID, Version: 5, CreatedAt: time.Unix(0, 0).UTC(), UpdatedAt: time.Unix(0, 0).UTC()}, Amount: events.Money{Amount: 1999, Currency: "EUR"},
		Status: events.PaymentPartlyRefunded, Captured: 1999, Refunded: 400,
		Taxes: []events.TaxAmount{
			{Name: "VAT", TaxClass: "books", Rate: 6_000, Amount: events.Money{Amount: 57, Currency: "EUR"}}, {Name: "VAT", TaxClass: "standard", Rate: 23_000, Amount: events.Money{Amount: 187, Currency: "EUR"}},
		},
		Refunds: []events.PaymentRefund{
			{ID: paymentID, Amount: 400, Taxes: []int64{12, 37}, Reason: events.Said("late"), Status: events.RefundDoneStatus},
			{ID: paymentID, Amount: 400, Reason: events.Said("of before taxes"), Status: events.RefundFailedStatus},
		},
	}
	s := functiontest.Start(t, events.Payment, func(api *web.API) { Routes(api, Ways{}) }, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){events.GetPayment.Type(): func(functiontest.Query) (any, error) { return &given, nil }},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.RefundPayment.Type(): func(functiontest.Command) (events.Declared, any, error) {
				return events.PaymentRefundRequested, &events.RefundState{RefundID: paymentID, Amount: events.Money{Amount: 400, Currency: "EUR"}, Reason: events.Said("late"), Payment: given}, nil
			},
		},
	})
	refund := func(key, body string) functiontest.Reply {
		return s.Do(t, functiontest.Orders, "POST", "/payments/"+strings.ToUpper(paymentID)+"/refunds", body, "Idempotency-Key", key)
	}
	for key, body := range map[string]string{"part": `{"amount":{"amount":400,"currency":"EUR"},"reason":"late"}`, "rest": `{"reason":"late"}`} {
		if got := refund(key, body); got.StatusCode != 201 || !strings.Contains(got.Text, `"amount":{"amount":400,"currency":"EUR"}`) {
			t.Errorf("%s: %s %s", key, got.Status, got.Text)
		}
	}
	var wishes []events.Money
	for _, c := range s.Commands() {
		var wish struct{ Amount events.Money } // the reason is encrypted
		if err := json.Unmarshal(c.Data, &wish); err != nil || c.Subject != paymentID {
			t.Fatalf("%v about %s", err, c.Subject)
		}
		wishes = append(wishes, wish.Amount)
	}
	slices.SortFunc(wishes, func(a, b events.Money) int { return cmp.Compare(a.Amount, b.Amount) })
	if diff := gocmp.Diff([]events.Money{{}, {Amount: 400, Currency: "EUR"}}, wishes); diff != "" {
		t.Errorf("asked of db (-want +got):\n%s", diff)
	}
	for body, want := range map[string]string{
		`{"amount":400,"reason":"late"}`:                              "body.amount",
		`{"amount":null,"reason":"late"}`:                             "body.amount", // not all that is left
		`{"amount":{"amount":0,"currency":"EUR"},"reason":"late"}`:    "body.amount.amount",
		`{"amount":{"amount":-1,"currency":"EUR"},"reason":"late"}`:   "body.amount.amount",
		`{"amount":{"amount":400},"reason":"late"}`:                   "body.amount.currency",
		`{"amount":{"amount":400,"currency":"euro"},"reason":"late"}`: "body.amount.currency",
		`{"amount":{"amount":0,"currency":"EUR"}}`:                    "body.reason",
	} {
		if got := refund("no", body); got.StatusCode != 422 || !strings.Contains(got.Text, `"location":"`+want+`"`) {
			t.Errorf("%s: %s %s", body, got.Status, got.Text)
		}
	}
	var shown struct {
		Refunded events.Money
		Refunds  []PaymentRefund
	}
	s.Do(t, functiontest.Shopper, "GET", "/payments/"+paymentID, "").JSON(t, &shown)
	money := events.Money{Amount: 400, Currency: "EUR"}
	taxes := []RefundedTax{
		{Name: "VAT", TaxClass: "books", Rate: 6_000, Amount: events.Money{Amount: 12, Currency: "EUR"}}, {Name: "VAT", TaxClass: "standard", Rate: 23_000, Amount: events.Money{Amount: 37, Currency: "EUR"}},
	}
	want := []PaymentRefund{
		{ID: paymentID, Amount: money, Taxes: taxes, Reason: "late", Status: events.RefundDoneStatus},
		{ID: paymentID, Amount: money, Taxes: []RefundedTax{}, Reason: "of before taxes", Status: events.RefundFailedStatus},
	}
	if diff := gocmp.Diff(want, shown.Refunds); diff != "" || shown.Refunded != money {
		t.Errorf("refunded %+v (-want +got):\n%s", shown.Refunded, diff)
	}
}

// A buyer comes back from 3-D Secure to the page that the payment names, where its origin is one that the mart allows, and is not led to anybody else's.
func TestAPaymentNamesWhereItsBuyerComesBackTo(t *testing.T) {
	t.Parallel()
	returns := ReturnConfig{URL: "https://mart.example/docs", Origins: []string{"https://shop.example", "http://localhost:*"}}
	s := functiontest.Start(t, events.Payment, func(api *web.API) { Routes(api, Ways{Returns: returns.origins()}) }, functiontest.Script{
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.StartPayment.Type(): func(c functiontest.Command) (events.Declared, any, error) {
				return events.PaymentStarted, &events.PaymentState{Meta: events.Meta{ID: c.Subject, Version: 1}, Status: events.PaymentStartedStatus}, nil
			},
		},
	})
	pay := func(key, back string) functiontest.Reply {
		return s.Do(t, functiontest.Shopper, "POST", "/payments", `{"orderId":"`+paymentID+`","paymentMethod":"pm_card_visa"`+back+`}`, "Idempotency-Key", key, "Prefer", "respond-async")
	}
	var want []string
	for i, back := range []string{"", "https://shop.example/orders/1?x=1", "http://localhost:5173/", "https://mart.example/shop/orders/1"} {
		body := ""
		if back != "" {
			body = `,"returnUrl":"` + back + `"`
		}
		if got := pay("fine-"+strconv.Itoa(i), body); got.StatusCode != 202 {
			t.Errorf("%q: %s %s", back, got.Status, got.Text)
		}
		want = append(want, back)
	}
	s.Await(t, len(want))
	var got []string
	for _, c := range s.Commands() {
		var wish events.PaymentRequest
		if err := json.Unmarshal(c.Data, &wish); err != nil {
			t.Fatal(err)
		}
		if err := s.Decrypt(&wish.ReturnPage); err != nil || wish.ReturnURL != "" {
			t.Errorf("in clear: %q, %v", wish.ReturnURL, err)
		}
		got = append(got, wish.ReturnPage.Plaintext())
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("asked of db (-want +got):\n%s", diff)
	}
	for back, code := range map[string]string{
		"https://evil.example/": "return_url_not_allowed", "https://shop.example.evil.example/": "return_url_not_allowed", "https://shop.example@evil.example/": "return_url_not_allowed",
		"javascript:alert(1)": "return_url_not_allowed", "https://shop.example/#token=x": "return_url_not_allowed", "https://shop.example/" + strings.Repeat("a", 1000): "invalid",
	} {
		if got := pay("no", `,"returnUrl":"`+back+`"`); got.StatusCode != 422 || !strings.Contains(got.Text, `"code":"`+code+`"`) || !strings.Contains(got.Text, `"location":"body.returnUrl"`) {
			t.Errorf("%.80q: %s %s", back, got.Status, got.Text)
		}
	}
	for _, c := range []ReturnConfig{{URL: "mart.example"}, {URL: "https://mart.example", Origins: []string{"https://shop.example/"}}} {
		if c.Check() == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	mart := providerClient{returnURL: returns.URL}
	for own, want := range map[string]string{"": returns.URL, "https://shop.example/paid": "https://shop.example/paid"} {
		for _, p := range []events.PaymentState{{ReturnPage: events.NewPersonal(own)}, {ReturnURL: own}} {
			if got := mart.authorizationOf(p).ReturnURL; got != want {
				t.Errorf("the provider is told %q, want %q", got, want)
			}
		}
	}
}
