package events

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing them")

func goldenEnvelope(t *testing.T) Envelope {
	t.Helper()
	cause := Cause{Correlation: "corr", Causation: "cause", Traceparent: "", By: Principal{Type: Staff, ID: "u1"}}
	e, err := testKeys(t).stamp(Brand, CreateBrand.New(brandID, BrandFields{Name: "Acme", Slug: "acme"}), cause, noon)
	if err != nil {
		t.Fatal(err)
	}
	e.Traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" // a span is random, and not sealed
	return e
}

// What is on the wire is a contract: messages of today must be understood by the functions of tomorrow.
func TestTheWireIsAsItWas(t *testing.T) {
	t.Parallel()
	c := goldenEnvelope(t).CloudEvent()
	got, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const file = "testdata/brand.create.json"
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestAnEnvelopeSurvivesItsWays(t *testing.T) {
	t.Parallel()
	want := goldenEnvelope(t)
	c := want.CloudEvent()
	read, err := FromCloudEvent(&c)
	if err != nil {
		t.Fatal(err)
	}
	record, err := recordOf(t.Context(), "t", c)
	if err != nil {
		t.Fatal(err)
	}
	if key, _ := record.Key.Encode(); string(key) != brandID {
		t.Errorf("the record's key is %q", key)
	}
	packed, err := Pack([]Envelope{want})
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]Envelope{"CloudEvent": read, "stored": unpacked[0]} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if err := testKeys(t).Verify(&got, CreateBrand.Declaration()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := binding.ToEvent(t.Context(), binding.ToMessage(&c)); err != nil {
		t.Error(err)
	}
}

func TestIdsFollowFromCauses(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	id := func(c Cause, m Outgoing) string {
		e, err := k.stamp(Inventory, m, c, noon)
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

func TestTraces(t *testing.T) {
	t.Parallel()
	const valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	if next := ContinueTrace(valid); TraceID(next) != TraceID(valid) || next == valid {
		t.Errorf("%s goes on as %s", valid, next)
	}
	for _, parent := range []string{"", "x", valid[:54], "01" + valid[2:], "00-" + "00000000000000000000000000000000" + valid[35:], "00-4BF92F3577B34DA6A3CE929D0E0E4736" + valid[35:], valid[:36] + "0000000000000000-01"} {
		if TraceID(parent) != "" || TraceID(ContinueTrace(parent)) == "" {
			t.Errorf("%q is taken for a trace, or none follows", parent)
		}
	}
}
