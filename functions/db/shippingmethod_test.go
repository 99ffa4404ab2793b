package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func parcelTo(name string, status events.ShippingStatus, zones ...events.ShippingZone) events.ShippingMethodFields {
	return events.ShippingMethodFields{
		Name: name, Description: "By road", Zones: zones, Delivery: events.DeliveryPromise{MinDays: 1, MaxDays: 3}, TaxClass: "standard", Status: status,
		Price: events.ShippingPrice{By: events.ByWeight, Currency: "USD", Steps: []events.ShippingStep{{UpTo: 2000, Amount: 490}, {Amount: 990}}, FreeFrom: 5000},
	}
}

// What a method is comes out as it went in, and it is found by where it goes and whether it is still chosen.
func TestShippingMethod_IsFoundByWhereItGoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	iberia := parcelTo("Iberia", events.ShippingActive, events.ShippingZone{Countries: []string{"PT", "ES"}})
	paris := parcelTo("Paris", events.ShippingActive, events.ShippingZone{Countries: []string{"DE"}}, events.ShippingZone{Countries: []string{"FR", "ES"}, PostalPrefixes: []string{"75"}})
	old := parcelTo("Old", events.ShippingRetired, events.ShippingZone{Countries: []string{"ES"}})
	for _, f := range []events.ShippingMethodFields{iberia, paris, old} {
		if got := b.do(events.CreateShippingMethod.New(events.NewID(), f)); got.Problem != nil {
			t.Fatal(got.Problem)
		}
	}
	for country, c := range map[string]struct {
		status events.ShippingStatus
		want   []events.ShippingMethodFields
	}{
		"": {"", []events.ShippingMethodFields{iberia, old, paris}}, "PT": {"", []events.ShippingMethodFields{iberia}},
		"ES": {events.ShippingActive, []events.ShippingMethodFields{iberia, paris}}, "FR": {"", []events.ShippingMethodFields{paris}}, "US": {"", nil},
	} {
		page, err := listShippingMethods(t.Context(), b.store, events.Received[events.ShippingMethodFilter]{
			Data: events.ShippingMethodFilter{Paging: events.Paging{Sort: "name"}, Country: country, Status: c.status},
		})
		var got []events.ShippingMethodFields
		for _, m := range page.Items {
			got = append(got, m.ShippingMethodFields)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", country, err, diff)
		}
	}
}

// What is retired is not there for those who may not see it.
func TestGetShippingMethod_TellsNobodyOfWhatIsRetired(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, clerk, viewer := events.NewID(), staff(b.hire("a@example.com", events.CatalogRole)), staff(b.hire("b@example.com", events.ViewerRole))
	b.do(events.CreateShippingMethod.New(id, parcelTo("Old", events.ShippingRetired, events.ShippingZone{Countries: []string{"PT"}})))
	for name, c := range map[string]struct {
		by     events.Principal
		public bool
		seen   bool
	}{
		"anybody": {events.Principal{Type: events.Anonymous}, true, false}, "who writes": {clerk, false, true}, "who wrote, and is not to": {viewer, false, false},
	} {
		_, err := getShippingMethod(t.Context(), b.store, events.Received[events.Lookup]{Envelope: events.Envelope{By: c.by}, Data: events.Lookup{ID: id, Public: c.public}})
		if (err == nil) != c.seen {
			t.Errorf("%s: %v", name, err)
		}
	}
}
