package customer

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

func TestExport(t *testing.T) {
	t.Parallel()
	s := setup(t)
	me, other := s.register("canary@example.com"), s.register("other@example.com")
	token := "customer:" + me.ID
	home := s.call(token, http.MethodPost, addresses, `{"name":"Canary Name","line1":"Canary Street 1","city":"Canary City","postalCode":"12345","country":"DE"}`)
	if home.Status != http.StatusCreated {
		t.Fatalf("%d %s", home.Status, home.Body)
	}
	a := s.call(token, http.MethodGet, "/customers/me/export", "")
	var got Export
	a.JSON(t, &got)
	var address Address
	home.JSON(t, &address)
	want := Export{
		Account: &ExportedAccount{
			Customer: me, Addresses: []Address{address}, Sessions: []ExportedSession{}, Carts: []ExportedCart{}, EmailVerification: &ExportedVerification{},
		},
		Orders: []ExportedOrder{}, Payments: []ExportedPayment{}, Mails: []ExportedMail{},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(ExportedLink{}), cmpopts.IgnoreFields(ExportedAccount{}, "KnownPlaces")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	type head struct {
		Status      int
		Cache, File string
	}
	if diff := cmp.Diff(head{200, web.NoStore, `attachment; filename="mart-data.json"`}, head{a.Status, a.Header.Get("Cache-Control"), a.Header.Get("Content-Disposition")}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(a.Body, other.ID) || strings.Contains(a.Body, secret) {
		t.Errorf("it has what is somebody else's, or secret: %s", a.Body)
	}
	if unknown := s.call(token, http.MethodGet, "/customers/me/export?cursor=x", ""); unknown.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", unknown.Status, unknown.Body)
	}
	if gone := s.call(token, http.MethodDelete, "/customers/me", "", "If-Match", `"1"`); gone.Status != http.StatusNoContent {
		t.Fatalf("%d %s", gone.Status, gone.Body)
	}
	if after := s.call(token, http.MethodGet, "/customers/me/export", ""); after.Status != http.StatusNotFound {
		t.Errorf("erased: %d %s", after.Status, after.Body)
	}
}

// What has become of an order is shown with all that was said of it, but for who of the staff did it.
func TestExport_ShowsAnOrder(t *testing.T) {
	t.Parallel()
	item := events.OrderItem{ProductID: "p", Quantity: 2}
	o := events.OrderState{
		Number: "M-000001", Email: events.NewPersonal("a@example.com"), CustomerName: events.NewPersonal("Ada"),
		ShippingAddress: events.PostalAddress{Line1: events.NewPersonal("Road 1"), Country: "DE"},
		Lines:           []events.OrderLine{{ProductID: "p", SKU: "s", Quantity: 2, TaxedAs: "standard", ImageURL: "https://example.com/p"}},
		Charges:         []events.OrderCharge{{Charge: events.Charge{Name: "Parcel"}}}, Taxes: []events.TaxAmount{{Name: "VAT"}},
		History: []events.OrderStep{{By: events.Principal{Type: events.Staff, ID: "boss"}, Note: events.Said("rang")}},
		OrderParts: events.OrderParts{
			Fulfilments:   []events.Fulfilment{{ID: "f", Lines: []events.OrderItem{item}, TrackingNumber: events.NewPersonal("track")}},
			Returns:       []events.PartReturn{{ID: "r", Reason: events.Said("cracked"), Note: events.Said("box it"), Received: []events.ReceivedItem{{OrderItem: item, Restock: true}}}},
			Cancellations: []events.CancelledPart{{ID: "c", Reason: events.Said("sold out")}},
		},
	}
	two := ExportedItem{ProductID: "p", Quantity: 2}
	want := ExportedOrder{
		Number: "M-000001", Email: "a@example.com", CustomerName: "Ada", ShippingAddress: web.PostalAddress{Line1: "Road 1", Country: "DE"},
		Lines:   []ExportedLine{{ProductID: "p", SKU: "s", Quantity: 2, TaxedAs: "standard"}},
		Charges: []events.OrderCharge{{Charge: events.Charge{Name: "Parcel"}}}, Taxes: []events.TaxAmount{{Name: "VAT"}},
		History:       []ExportedStep{{By: events.Staff, Note: "rang"}},
		Fulfilments:   []ExportedFulfilment{{ID: "f", Lines: []ExportedItem{two}, TrackingNumber: "track"}},
		Returns:       []ExportedReturn{{ID: "r", Lines: []ExportedItem{}, Reason: "cracked", Note: "box it", Received: []ExportedReception{{two, true}}}},
		Cancellations: []ExportedCancellation{{ID: "c", Lines: []ExportedItem{}, Reason: "sold out"}},
	}
	if diff := cmp.Diff(want, exportedOrder(o)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A link that a new password has closed is not told as one that was used, nor one that was used as closed.
func TestExport_TellsWhatBecameOfALink(t *testing.T) {
	t.Parallel()
	s := setup(t)
	linkOf := func(customer string) (used, closed bool) {
		t.Helper()
		var x Export
		s.call("customer:"+customer, http.MethodGet, "/customers/me/export", "").JSON(t, &x)
		return x.Account.EmailVerification.UsedAt != nil, x.Account.EmailVerification.ClosedAt != nil
	}
	ann := s.register("ann@example.com")
	if a := s.redeem(s.token()); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if used, closed := linkOf(ann.ID); !used || closed {
		t.Errorf("followed: used %v, closed %v", used, closed)
	}
	bob := s.register("bob@example.com")
	if used, closed := linkOf(bob.ID); used || closed {
		t.Errorf("nothing: used %v, closed %v", used, closed)
	}
	link := s.token()
	if a := s.call("customer:"+bob.ID, http.MethodPut, "/customers/me/password", `{"current":"`+secret+`","new":"canary-password-2"}`); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if used, closed := linkOf(bob.ID); used || !closed {
		t.Errorf("after a new password: used %v, closed %v", used, closed)
	}
	if a := s.redeem(link); a.Status != http.StatusConflict || !strings.Contains(a.Body, "a new password has closed it") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
