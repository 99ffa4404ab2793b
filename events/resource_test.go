package events

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A plain noun's events have those who react to them, and what else is said of it is in the catalogue behind them.
func TestResource_NamesItsConsumersAndItsFurtherMessages(t *testing.T) {
	t.Parallel()
	pack := Message[Deletion]{Kind: Command, Noun: "parcel", Verb: "pack", Producers: by(Order), Consumers: to(DB), Needs: OrdersWrite}
	packed := Message[Meta]{Kind: Event, Noun: "parcel", Verb: "packed", Producers: by(DB), Consumers: to(Notification)}
	noun := Resource[BrandFields, BrandState, BrandFilter]{
		Noun: "parcel", Path: "/parcels", By: Order, Write: OrdersWrite, Read: OrdersRead, Readers: by(Payment),
		OnCreated: to(Notification), OnUpdated: to(Inventory, Notification), More: []Declared{pack, packed},
	}.noun()
	got := map[string][]Function{}
	for _, m := range noun.Messages {
		if d := m.Declaration(); d.Kind == Event {
			got[d.Verb] = d.Consumers
		}
	}
	want := map[string][]Function{"created": {Notification}, "updated": {Inventory, Notification}, "deleted": nil, "packed": {Notification}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("who reacts (-want +got):\n%s", d)
	}
	for f, want := range map[Function][]string{
		Notification: {"mart.notification.replays", "mart.parcel.created", "mart.parcel.packed", "mart.parcel.updated"},
		Inventory:    {"mart.inventory.replays", "mart.parcel.updated"},
		DB:           {"mart.db.replays", "mart.parcel.commands"},
	} {
		if d := cmp.Diff(want, topicsAmong(noun.Messages, f)); d != "" {
			t.Errorf("%s listens to (-want +got):\n%s", f, d)
		}
	}
}

// What a member of staff must be allowed to do is declared once: to change one, and to read one and list them.
func TestResource_SaysWhatItsMessagesNeed(t *testing.T) {
	t.Parallel()
	got := map[string]Permission{}
	for _, m := range (Resource[BrandFields, BrandState, BrandFilter]{Noun: "parcel", Write: OrdersWrite, Read: OrdersRead, Merges: true}).noun().Messages {
		if d := m.Declaration(); d.Kind != Event {
			got[d.Verb] = d.Needs
		}
	}
	want := map[string]Permission{
		"create": OrdersWrite, "update": OrdersWrite, "delete": OrdersWrite, "merge": OrdersWrite, "get": OrdersRead, "list": OrdersRead,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("what each needs (-want +got):\n%s", d)
	}
}
