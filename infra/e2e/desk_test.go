package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/client"
)

// A customer rings and knows their order's number, or their own address: staff find it, and note for each other what was said.
func TestStaffAtTheDesk(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 5)
	ada := m.buyer(ctx, t)
	placed := ada.order(ctx, t, p.ID, 1)
	type found = client.Page[client.Order]
	for _, query := range []url.Values{
		{"number": {placed.Number}}, {"productId": {p.ID}}, {"email": {ada.email}}, {"placedFrom": {"2020-01-01T00:00:00Z"}, "productId": {p.ID}},
	} {
		page, err := client.Get[found](ctx, m.owner, "/orders?"+query.Encode())
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != placed.ID {
			t.Errorf("%v: %+v %v", query, page, err)
		}
	}
	type order struct {
		ID      string `json:"id"`
		History []struct {
			By struct{ Type, ID string }
		}
	}
	for name, asked := range map[string]client.Client{"staff": m.owner, "its customer": ada.Client} {
		if got, err := client.Get[order](ctx, asked, "/orders/"+placed.Number); err != nil || got.ID != placed.ID {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	notes := "/orders/" + placed.ID + "/notes"
	if _, _, err := client.Do[struct{}](ctx, m.owner, http.MethodPost, notes, map[string]any{"text": "Rang: please leave it at the neighbour's."}); err != nil {
		t.Fatal(err)
	}
	type note struct {
		Text string
		By   struct{ Type string }
	}
	page, err := client.Get[client.Page[note]](ctx, m.owner, notes)
	want := []note{{"Rang: please leave it at the neighbour's.", struct{ Type string }{"user"}}}
	if diff := cmp.Diff(want, page.Items); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	refused(t, send(ctx, t, ada.Client, http.MethodGet, notes, nil), nil, http.StatusForbidden, "")
	if _, _, err := client.Do[struct{}](ctx, m.owner, http.MethodPost, "/orders/"+placed.ID+"/cancellation", map[string]any{"reason": "rang"}, client.NewKey()); err != nil {
		t.Fatal(err)
	}
	for name, asked := range map[string]client.Client{"staff": m.owner, "its customer": ada.Client} {
		got, err := client.Get[order](ctx, asked, "/orders/"+placed.ID)
		if err != nil {
			t.Fatal(err)
		}
		last := got.History[len(got.History)-1].By
		if last.Type != "user" || (last.ID != "") != (name == "staff") {
			t.Errorf("%s sees that it was cancelled by %+v", name, last)
		}
	}
}

// Staff find a product's stock by what it is called, and mails by what they are about and whether they went out.
func TestStaffFindStockAndMails(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 3)
	type stock struct {
		ProductID, SKU, Name string
		OnHand               int64
	}
	want := []stock{{p.ID, p.SKU, p.Name, 3}}
	for _, called := range []string{p.Name, p.SKU} {
		page, err := client.Get[client.Page[stock]](ctx, m.owner, "/stock?"+url.Values{"q": {called}}.Encode())
		if d := cmp.Diff(want, page.Items); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", called, err, d)
		}
	}
	if one, err := client.Get[stock](ctx, m.owner, "/stock/"+p.ID); err != nil || one != want[0] {
		t.Errorf("%+v %v", one, err)
	}

	ada := m.buyer(ctx, t)
	type mail struct{ Kind, Status string }
	found := func(query string) []mail {
		page, err := client.Get[client.Page[mail]](ctx, m.owner, "/notifications?customerId="+ada.id+query)
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
	if _, err := client.Until(ctx, m.owner, "/notifications?status=sent&customerId="+ada.id, func(p client.Page[mail]) bool { return len(p.Items) > 0 }); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]mail{
		"": {{"welcome", "sent"}}, "&kind=welcome": {{"welcome", "sent"}}, "&kind=welcome&status=sent": {{"welcome", "sent"}},
		"&kind=order_arrival": {}, "&status=failed": {}, "&status=sending": {},
	} {
		if d := cmp.Diff(want, found(query)); d != "" {
			t.Errorf("%s (-want +got):\n%s", query, d)
		}
	}
	refused(t, send(ctx, t, m.owner, http.MethodGet, "/notifications?kind=spam", nil), nil, http.StatusUnprocessableEntity, "invalid")
}

// Whoever reads orders is told what the colleague is called who has done something, and nothing else of them; a customer is told neither.
func TestStaffSeeWhichColleagueItWas(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	clerk, id, email := m.staff(ctx, t, "orders")
	viewer, _, _ := m.staff(ctx, t, "viewer")
	ada := m.buyer(ctx, t)
	order := ada.order(ctx, t, m.product(ctx, t, 1).ID, 1)
	if _, err := clerk.Cancel(ctx, order.ID, "rang"); err != nil {
		t.Fatal(err)
	}
	type seen struct {
		History []struct {
			By struct{ Type, ID string } `json:"by"`
		} `json:"history"`
	}
	read, err := client.Get[seen](ctx, viewer, "/orders/"+order.ID)
	if err != nil || read.History[len(read.History)-1].By.ID != id {
		t.Fatalf("%+v %v", read, err)
	}
	a := send(ctx, t, viewer, http.MethodGet, "/users/"+id+"/name", nil)
	if want := `{"id":"` + id + `","name":"orders"}`; a.Status != http.StatusOK || strings.TrimSpace(string(a.Body)) != want {
		t.Errorf("%d %s, want %s", a.Status, a.Body, want)
	}
	a = send(ctx, t, ada.Client, http.MethodGet, "/orders/"+order.ID, nil)
	if strings.Contains(string(a.Body), id) || strings.Contains(string(a.Body), email) {
		t.Errorf("a customer is told who it was: %s", a.Body)
	}
	refused(t, send(ctx, t, ada.Client, http.MethodGet, "/users/"+id+"/name", nil), nil, http.StatusForbidden, "")
	refused(t, send(ctx, t, viewer, http.MethodGet, "/users/"+ada.id+"/name", nil), nil, http.StatusNotFound, "")
	refused(t, send(ctx, t, viewer, http.MethodGet, "/users/"+id, nil), nil, http.StatusForbidden, "")
}
