package bus

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

func TestASealCoversEverythingButTheTrace(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	e := stamped(t, k, events.DB, events.BrandCreated.New(brandID, events.BrandState{}))
	e.Correlation, e.Causation, e.Fingerprint = "c", "d", "f"
	Sign(k, &e)
	d := events.BrandCreated.Declaration()
	if err := Verify(k, &e, d); err != nil {
		t.Fatal(err)
	}
	for name, alter := range map[string]func(*events.Envelope){
		"id": func(e *events.Envelope) { e.ID += "x" }, "source": func(e *events.Envelope) { e.Source = "/mart/brand" }, "type": func(e *events.Envelope) { e.Type = events.BrandDeleted.Type() },
		"subject": func(e *events.Envelope) { e.Subject = "x" }, "time": func(e *events.Envelope) { e.Time = e.Time.Add(time.Nanosecond) },
		"correlation": func(e *events.Envelope) { e.Correlation = "" }, "causation": func(e *events.Envelope) { e.Causation = "x" },
		"asker's type": func(e *events.Envelope) { e.By.Type = events.Staff }, "asker": func(e *events.Envelope) { e.By.ID = "x" },
		"fingerprint": func(e *events.Envelope) { e.Fingerprint = "x" }, "data": func(e *events.Envelope) { e.Data = json.RawMessage(`{}`) },
		"moved border": func(e *events.Envelope) { e.ID, e.Source = e.ID+e.Source[:1], e.Source[1:] },
		"no seal":      func(e *events.Envelope) { e.Seal = "" }, "another's seal": func(e *events.Envelope) { e.Seal = "old." + strings.Repeat("A", 43) },
		"no mac": func(e *events.Envelope) { e.Seal = "old" }, "unknown key": func(e *events.Envelope) { e.Seal = "x" + e.Seal },
	} {
		altered := e
		alter(&altered)
		if err := Verify(k, &altered, d); !errors.Is(err, ErrUnsigned) {
			t.Errorf("%s altered: %v", name, err)
		}
	}
	e.Traceparent = ContinueTrace("")
	if err := Verify(k, &e, d); err != nil {
		t.Errorf("a new span broke the seal: %v", err)
	}
}

func TestAFunctionSealsOnlyWhatItMayEmit(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	for name, e := range map[string]events.Envelope{
		"another function": stamped(t, k, events.Product, events.CreateBrand.New(brandID, events.BrandFields{})),
		"no function":      stamped(t, k, "brand/../db", events.CreateBrand.New(brandID, events.BrandFields{})),
	} {
		if err := Verify(k, &e, events.CreateBrand.Declaration()); !errors.Is(err, ErrUnsigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := stamped(t, k, events.Brand, events.CreateBrand.New(brandID, events.BrandFields{}))
	e.Source = "brand" // From would read the same
	Sign(k, &e)
	if err := Verify(k, &e, events.CreateBrand.Declaration()); !errors.Is(err, ErrUnsigned) {
		t.Errorf("a source without its prefix: %v", err)
	}
}

// The three steps of a rotation, at each of which two neighbours understand each other.
func TestSealKeysRotate(t *testing.T) {
	t.Parallel()
	rings := []string{oldSeal, oldSeal + "," + newSeal, newSeal + "," + oldSeal, newSeal}
	for i := range len(rings) - 1 {
		one, other := keysOf(t, rings[i], oldPersonal), keysOf(t, rings[i+1], oldPersonal)
		for _, pair := range [][2]*events.Keys{{one, other}, {other, one}} {
			e := stamped(t, pair[0], events.Brand, events.CreateBrand.New(brandID, events.BrandFields{}))
			if err := Verify(pair[1], &e, events.CreateBrand.Declaration()); err != nil {
				t.Errorf("step %d: %v", i+1, err)
			}
		}
	}
	e := stamped(t, keysOf(t, oldSeal, oldPersonal), events.Brand, events.CreateBrand.New(brandID, events.BrandFields{}))
	if err := Verify(keysOf(t, newSeal, oldPersonal), &e, events.CreateBrand.Declaration()); !errors.Is(err, ErrUnsigned) {
		t.Errorf("a seal of a dropped key: %v", err)
	}
}
