package bus

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing them")

func goldenEnvelope(t *testing.T) events.Envelope {
	t.Helper()
	cause := events.Cause{Correlation: "corr", Causation: "cause", Traceparent: "", By: events.Principal{Type: events.Staff, ID: "u1"}}
	e, err := stamp(testKeys(t), events.Brand, events.CreateBrand.New(brandID, events.BrandFields{Name: "Acme", Slug: "acme"}), cause, noon)
	if err != nil {
		t.Fatal(err)
	}
	e.Traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" // a span is random, and not sealed
	return e
}

// What is on the wire is a contract: messages of today must be understood by the functions of tomorrow.
func TestTheWireIsAsItWas(t *testing.T) {
	t.Parallel()
	c := CloudEvent(goldenEnvelope(t))
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
	c := CloudEvent(want)
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
	packed, err := events.Pack([]events.Envelope{want})
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := events.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]events.Envelope{"CloudEvent": read, "stored": unpacked[0]} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if err := Verify(testKeys(t), &got, events.CreateBrand.Declaration()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := binding.ToEvent(t.Context(), binding.ToMessage(&c)); err != nil {
		t.Error(err)
	}
}
