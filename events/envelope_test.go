package events

import "testing"

func TestIdsFollowFromCauses(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	id := func(c Cause, m Outgoing) string {
		e, err := m.Envelope(k, Inventory, c, noon)
		if err != nil {
			t.Fatal(err)
		}
		return e.ID
	}
	caused, m := Cause{Causation: "event-1"}, CommitStock.New("order-1", OrderStock{OrderID: brandID})
	first := id(caused, m)
	if id(caused, m) != first {
		t.Error("the same consequence of the same event has another id")
	}
	others := map[string]string{
		"event": id(Cause{Causation: "event-2"}, m), "step": id(caused, m.Step("again")), "subject": id(caused, CommitStock.New("order-2", OrderStock{})),
		"type": id(caused, RestockOrder.New("order-1", OrderStock{OrderID: brandID})), "no cause": id(Cause{}, m), "given": id(caused, m.WithID("mine", "")),
	}
	for what, other := range others {
		if other == first {
			t.Errorf("another %s, the same id", what)
		}
	}
	if others["no cause"] == id(Cause{}, m) || others["given"] != "mine" {
		t.Errorf("ids are %v", others)
	}
}
