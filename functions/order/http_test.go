package order_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/order"
)

const id = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"

const address = `"shippingAddress":{"name":"Bo","line1":"Road 1","city":"Town","postalCode":"1100-148","country":"PT"}`

func start(t *testing.T, listed *events.OrderFilter) *functiontest.Server {
	t.Helper()
	return functiontest.Start(t, events.Order, order.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){
			events.ListOrders.Type(): func(q functiontest.Query) (any, error) {
				return &events.Page[events.OrderState]{}, json.Unmarshal(q.Data, listed)
			},
		},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.PlaceOrder.Type(): func(functiontest.Command) (events.Declared, any, error) {
				return events.OrderPlaced, &events.OrderState{Meta: events.Meta{ID: id, Version: 1}}, nil
			},
		},
	})
}

// Why an order was cancelled is shown in clear to whoever may read it.
func TestNotesAreShownInClear(t *testing.T) {
	t.Parallel()
	state := events.OrderState{Meta: events.Meta{ID: id, Version: 2}, Status: events.OrderCancelledStatus, History: []events.OrderStep{
		{Status: events.OrderPlacedStatus}, {Status: events.OrderCancelledStatus, Note: events.Said("I changed my mind")},
	}}
	s := functiontest.Start(t, events.Order, order.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){
			events.GetOrder.Type(): func(functiontest.Query) (any, error) { return &state, nil },
			events.ListOrders.Type(): func(functiontest.Query) (any, error) {
				return &events.Page[events.OrderState]{Items: []events.OrderState{state}}, nil
			},
		},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.CancelOrder.Type(): func(functiontest.Command) (events.Declared, any, error) { return events.OrderCancelled, &state, nil },
		},
	})
	type history struct{ History []struct{ Note string } }
	var list struct{ Items []history }
	var one, after history
	s.Do(t, functiontest.Shopper, "GET", "/orders", "").JSON(t, &list)
	s.Do(t, functiontest.Shopper, "GET", "/orders/"+id, "").JSON(t, &one)
	s.Do(t, functiontest.Shopper, "POST", "/orders/"+id+"/cancellation", `{"reason":"I changed my mind"}`, "Idempotency-Key", "1").JSON(t, &after)
	want := history{History: []struct{ Note string }{{""}, {"I changed my mind"}}}
	if diff := cmp.Diff([]history{want, want, want}, append(list.Items, one, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What db, the topics and the ledger see of an id is always written the same.
func TestProductsAreFoundByTheirIDInCapitals(t *testing.T) {
	t.Parallel()
	var filter events.OrderFilter
	s := start(t, &filter)
	placed := s.Do(t, functiontest.Shopper, "POST", "/orders", `{"lines":[{"productId":"`+strings.ToUpper(id)+`","quantity":2}],`+address+`}`, "Idempotency-Key", "1")
	if placed.StatusCode != 201 {
		t.Fatalf("%s %s", placed.Status, placed.Text)
	}
	var cart events.Cart
	if err := json.Unmarshal(s.Commands()[0].Data, &cart); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]events.OrderItem{{ProductID: id, Quantity: 2}}, cart.Lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := s.Do(t, functiontest.Shopper, "GET", "/orders?customerId="+strings.ToUpper(id), ""); got.StatusCode != 200 {
		t.Errorf("%s %s", got.Status, got.Text)
	}
}

func TestWhatIsMissingIsToldWhereItShouldBe(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.OrderFilter))
	var got struct{ Errors []events.FieldError }
	refused := s.Do(t, functiontest.Shopper, "POST", "/orders",
		`{"lines":[{"productId":"`+id+`"},{"productId":"x","quantity":0}],"shippingAddress":{"name":" ","line1":"Road 1","postalCode":"1","country":"XX"}}`, "Idempotency-Key", "1")
	refused.JSON(t, &got)
	places := map[string]bool{}
	for _, e := range got.Errors {
		if places[e.Location] {
			t.Errorf("two faults at %s", e.Location)
		}
		places[e.Location] = true
	}
	want := map[string]bool{
		"body.lines[0].quantity": true, "body.lines[1].productId": true, "body.lines[1].quantity": true,
		"body.shippingAddress.city": true, "body.shippingAddress.name": true, "body.shippingAddress.country": true,
	}
	if diff := cmp.Diff(want, places); diff != "" || refused.StatusCode != 422 {
		t.Errorf("%s %s (-want +got):\n%s", refused.Status, refused.Text, diff)
	}
	if strings.Contains(refused.Text, "^") || strings.Contains(refused.Text, ">=") {
		t.Errorf("this is for people: %s", refused.Text)
	}
}

// Small letters, which the schema refuses, and what is no country, which the rules do, are told in the same words.
func TestACountryIsAskedForInOneWay(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.OrderFilter))
	want := []events.FieldError{{
		Location: "body.shippingAddress.country",
		Message:  "must be a country's two capital letters, for example US, or GB for the United Kingdom (ISO 3166-1 alpha-2)",
	}}
	for _, country := range []string{"gb", "UK", "GBR", ""} {
		var got struct{ Errors []events.FieldError }
		body := `{"lines":[{"productId":"` + id + `","quantity":2}],` + strings.Replace(address, `"PT"`, `"`+country+`"`, 1) + `}`
		s.Do(t, functiontest.Shopper, "POST", "/orders", body, "Idempotency-Key", "1").JSON(t, &got)
		if diff := cmp.Diff(want, got.Errors); diff != "" {
			t.Errorf("%q (-want +got):\n%s", country, diff)
		}
	}
}

// What the rules say of a reason comes together with what the schema and the missing key say.
func TestACancellationIsToldEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.OrderFilter))
	var got struct{ Errors []events.FieldError }
	refused := s.Do(t, functiontest.Shopper, "POST", "/orders/"+id+"/cancellation", `{"reason":"\u0007","colour":1}`)
	refused.JSON(t, &got)
	told := map[string]string{}
	for _, fault := range got.Errors {
		told[fault.Location] += fault.Message
	}
	want := map[string]string{
		"body.reason": "must not contain control characters", "body.colour": "is not a member of this",
		"header.Idempotency-Key": "must be there: any text that is new for each thing you want done",
	}
	if diff := cmp.Diff(want, told); diff != "" || refused.StatusCode != 422 {
		t.Errorf("%s (-want +got):\n%s", refused.Status, diff)
	}
}

// What was sent is shown line by line and part by part, to whoever may read the order; only staff who may write orders say so.
func TestPartsOfAnOrder(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	state := events.OrderState{
		Meta: events.Meta{ID: id, Version: 5}, Status: events.OrderPaidStatus, Lines: []events.OrderLine{{ProductID: id, Quantity: 2}, {ProductID: id, Quantity: 1}},
		History: []events.OrderStep{{Status: events.OrderPaidStatus, Action: events.PartSent, PartID: id}},
		OrderParts: events.OrderParts{Fulfilments: []events.Fulfilment{{
			ID: id, Lines: []events.OrderItem{{ProductID: id, Quantity: 1}}, Carrier: "Post", TrackingNumber: events.NewPersonal("J1"), At: at, DeliveredAt: &at,
		}}},
	}
	s := functiontest.Start(t, events.Order, order.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){
			events.GetOrder.Type(): func(functiontest.Query) (any, error) { return &state, nil },
		},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.FulfilOrder.Type():  func(functiontest.Command) (events.Declared, any, error) { return events.OrderFulfilled, &state, nil },
			events.FulfilRest.Type():   func(functiontest.Command) (events.Declared, any, error) { return events.OrderFulfilled, &state, nil },
			events.DeliverOrder.Type(): func(functiontest.Command) (events.Declared, any, error) { return events.OrderDelivered, &state, nil },
		},
	})
	type shown struct {
		Lines       []struct{ Shipped, Delivered int64 }
		Fulfilments []struct {
			ID, Carrier, TrackingNumber, DeliveredAt string
			Lines                                    []struct{ Quantity int64 }
		}
		History []struct{ Action, PartID string }
	}
	var read, sent, arrived shown
	body := `{"lines":[{"productId":"` + strings.ToUpper(id) + `","quantity":1}],"carrier":"Post","trackingNumber":"J1"}`
	const clerk = functiontest.Orders
	s.Do(t, functiontest.Shopper, "GET", "/orders/"+id, "").JSON(t, &read)
	if got := s.Do(t, clerk, "POST", "/orders/"+id+"/fulfilments", body, "Idempotency-Key", "1"); got.StatusCode != 201 || got.Header.Get("Location") != "/orders/"+id {
		t.Errorf("%s %s", got.Status, got.Text)
	} else {
		got.JSON(t, &sent)
	}
	s.Do(t, clerk, "POST", "/orders/"+id+"/delivery", `{"fulfilmentId":"`+id+`"}`, "Idempotency-Key", "2").JSON(t, &arrived)
	var want shown
	want.Lines = []struct{ Shipped, Delivered int64 }{{1, 1}, {0, 0}}
	want.History = []struct{ Action, PartID string }{{"sent", id}}
	want.Fulfilments = append(want.Fulfilments, struct {
		ID, Carrier, TrackingNumber, DeliveredAt string
		Lines                                    []struct{ Quantity int64 }
	}{id, "Post", "J1", "2026-01-02T12:00:00Z", []struct{ Quantity int64 }{{1}}})
	if diff := cmp.Diff([]shown{want, want, want}, []shown{read, sent, arrived}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, all := range []string{`{"fulfilmentId":null}`, `{"fulfilmentId":""}`} { // not all that is under way
		if got := s.Do(t, clerk, "POST", "/orders/"+id+"/delivery", all, "Idempotency-Key", "5"); got.StatusCode != 422 || !strings.Contains(got.Text, "body.fulfilmentId") {
			t.Errorf("%s: %s %s", all, got.Status, got.Text)
		}
	}
	for _, path := range []string{"/fulfilments", "/delivery"} {
		if got := s.Do(t, functiontest.Shopper, "POST", "/orders/"+id+path, body, "Idempotency-Key", "3"); got.StatusCode != 403 {
			t.Errorf("a customer, %s: %s", path, got.Status)
		}
		if got := s.Do(t, clerk, "POST", "/orders/"+id+path, body); got.StatusCode != 400 && got.StatusCode != 422 {
			t.Errorf("without a key, %s: %s", path, got.Status)
		}
	}
	for i, rest := range []string{`{}`, `{"carrier":"Post","trackingNumber":"J1"}`} { // by a command of its own: an older db takes it for no part
		got := s.Do(t, clerk, "POST", "/orders/"+id+"/fulfilments", rest, "Idempotency-Key", "rest"+rest)
		if all := s.Commands(); got.StatusCode != 201 || all[2+i].Type != events.FulfilRest.Type() {
			t.Errorf("%s: %s %s, sent %s", rest, got.Status, got.Text, all[len(all)-1].Type)
		}
	}
	for _, wrong := range []string{`{"carrier":"a\nb"}`, `{"lines":[]}`, `{"lines":null}`, `{"lines":[{"productId":"` + id + `","quantity":0}]}`, `{"lines":[{"productId":"x","quantity":1}]}`, `{"lines":[{"productId":"` + id + `","quantity":1}],"carrier":"a\nb"}`} {
		if got := s.Do(t, clerk, "POST", "/orders/"+id+"/fulfilments", wrong, "Idempotency-Key", "4"); got.StatusCode != 422 {
			t.Errorf("%s: %s", wrong, got.Status)
		}
	}
}

// A return is asked for by customers and staff, decided and received by staff alone, and shown to both.
func TestReturnsOfAnOrder(t *testing.T) {
	t.Parallel()
	state := events.OrderState{
		Meta: events.Meta{ID: id, Version: 5}, Status: events.OrderDeliveredStatus, Lines: []events.OrderLine{{ProductID: id, Quantity: 2}},
		OrderParts: events.OrderParts{
			Fulfilments: []events.Fulfilment{{ID: id, Lines: []events.OrderItem{{ProductID: id, Quantity: 2}}, DeliveredAt: new(time.Time)}},
			Returns: []events.PartReturn{{
				ID: id, Status: events.ReturnReceivedStatus, Lines: []events.OrderItem{{ProductID: id, Quantity: 2}}, Reason: events.Said("it leaks"), Note: events.Said("sorry"),
				Received: []events.ReceivedItem{{OrderItem: events.OrderItem{ProductID: id, Quantity: 1}, Restock: true}},
				Refund:   &events.PartRefund{ID: id, Amount: events.Money{Amount: 500, Currency: "EUR"}},
			}},
		},
	}
	answers := func(done events.Declared) func(functiontest.Command) (events.Declared, any, error) {
		return func(functiontest.Command) (events.Declared, any, error) { return done, &state, nil }
	}
	s := functiontest.Start(t, events.Order, order.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){
			events.GetOrder.Type(): func(functiontest.Query) (any, error) { return &state, nil },
		},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.RequestReturn.Type(): answers(events.OrderReturnRequested), events.ApproveReturn.Type(): answers(events.OrderReturnApproved),
			events.RefuseReturn.Type(): answers(events.OrderReturnRefused), events.ReceiveReturn.Type(): answers(events.OrderReturnReceived),
		},
	})
	type shown struct {
		Lines   []struct{ Delivered, Returned int64 }
		Returns []order.Return
	}
	want := shown{
		Lines: []struct{ Delivered, Returned int64 }{{2, 1}},
		Returns: []order.Return{{
			ID: id, Status: events.ReturnReceivedStatus, Lines: []order.OrderItem{{ProductID: id, Quantity: 2}}, Reason: "it leaks", Note: "sorry",
			Received: []order.ReceivedItem{{ProductID: id, Quantity: 1, Restock: true}}, Refund: state.Returns[0].Refund,
		}},
	}
	line := `{"productId":"` + id + `","quantity":1`
	for path, c := range map[string]struct {
		body   string
		status int
		wrong  []string
	}{
		"":                      {`{"lines":[` + line + `}],"reason":"it leaks"}`, 201, []string{`{}`, `{"lines":[]}`, `{"lines":[` + line + `}],"reason":"` + strings.Repeat("x", 501) + `"}`}},
		"/" + id + "/approval":  {`{"note":"sorry"}`, 200, []string{`{"note":"a\u0000b"}`, `{"amount":1}`}},
		"/" + id + "/refusal":   {`{}`, 200, []string{`{"note":1}`}},
		"/" + id + "/reception": {`{"lines":[` + line + `,"restock":true}]}`, 200, []string{`{}`, `{"lines":[` + line + `}]}`, `{"lines":[` + line + `,"restock":true,"amount":1}]}`}},
	} {
		path = "/orders/" + id + "/returns" + path
		var after, read shown
		got := s.Do(t, functiontest.Orders, "POST", path, c.body, "Idempotency-Key", "1")
		if got.StatusCode != c.status {
			t.Errorf("%s: %s %s", path, got.Status, got.Text)
			continue
		}
		got.JSON(t, &after)
		s.Do(t, functiontest.Shopper, "GET", "/orders/"+id, "").JSON(t, &read)
		if diff := cmp.Diff([]shown{want, want}, []shown{after, read}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		for _, wrong := range c.wrong {
			if got := s.Do(t, functiontest.Orders, "POST", path, wrong, "Idempotency-Key", "2"); got.StatusCode != 422 {
				t.Errorf("%s %s: %s", path, wrong, got.Status)
			}
		}
		mine := s.Do(t, functiontest.Shopper, "POST", path, c.body, "Idempotency-Key", "3").StatusCode
		if asks := strings.HasSuffix(path, "/returns"); asks != (mine == 201) || !asks && mine != 403 {
			t.Errorf("a customer, %s: %d", path, mine)
		}
		if viewer := s.Do(t, functiontest.Viewer, "POST", path, c.body, "Idempotency-Key", "4").StatusCode; viewer != 403 {
			t.Errorf("who may only read, %s: %d", path, viewer)
		}
	}
}

// A cancellation without lines ends the order, one with lines a part of it: by a command of its own, which no db takes for the other.
func TestAPartIsCancelled(t *testing.T) {
	t.Parallel()
	state := events.OrderState{
		Meta: events.Meta{ID: id, Version: 5}, Lines: []events.OrderLine{{ProductID: id, Quantity: 2}, {ProductID: id, Quantity: 1}},
		OrderParts: events.OrderParts{Cancellations: []events.CancelledPart{{ID: id, Lines: []events.OrderItem{{ProductID: id, Quantity: 2}}, Reason: events.Said("broken")}}},
	}
	answers := func(done events.Declared) func(functiontest.Command) (events.Declared, any, error) {
		return func(functiontest.Command) (events.Declared, any, error) { return done, &state, nil }
	}
	s := functiontest.Start(t, events.Order, order.Routes, functiontest.Script{Results: map[string]func(functiontest.Command) (events.Declared, any, error){
		events.CancelOrder.Type(): answers(events.OrderCancelled), events.CancelPart.Type(): answers(events.OrderPartCancelled),
	}})
	type shown struct {
		Lines         []struct{ Cancelled int64 }
		Cancellations []order.CancelledPart
	}
	want := shown{
		Lines:         []struct{ Cancelled int64 }{{1}, {1}},
		Cancellations: []order.CancelledPart{{ID: id, Lines: []order.OrderItem{{ProductID: id, Quantity: 2}}, Reason: "broken"}},
	}
	line := `{"lines":[{"productId":"` + id + `","quantity":2}]`
	for i, c := range []struct {
		body   string
		status int
		sent   string
	}{
		{`{}`, 200, events.CancelOrder.Type()},
		{line + `,"reason":"broken"}`, 200, events.CancelPart.Type()},
		{`{"lines":[]}`, 422, ""},
		{`{"lines":null}`, 422, ""}, // not the whole order
		{`{"lines": null ,"reason":"broken"}`, 422, ""},
		{line + `,"reason":"` + strings.Repeat("x", 501) + `"}`, 422, ""},
	} {
		got := s.Do(t, functiontest.Orders, "POST", "/orders/"+id+"/cancellation", c.body, "Idempotency-Key", c.body[:min(200, len(c.body))])
		if got.StatusCode != c.status {
			t.Errorf("%s: %s %s", c.body, got.Status, got.Text)
		}
		if c.status != 200 {
			continue
		}
		var after shown
		got.JSON(t, &after)
		if diff := cmp.Diff(want, after); diff != "" || s.Commands()[i].Type != c.sent {
			t.Errorf("%s is sent as %s (-want +got):\n%s", c.body, s.Commands()[i].Type, diff)
		}
	}
	if n := len(s.Commands()); n != 2 {
		t.Errorf("%d commands", n)
	}
}
