package e2e

import (
	"net/http"
	"net/url"
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
