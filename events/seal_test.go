package events

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestASealCoversEverythingButTheTrace(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	e := stamped(t, k, DB, BrandCreated.New(brandID, BrandState{}))
	e.Correlation, e.Causation, e.Fingerprint = "c", "d", "f"
	Sign(k, &e)
	d := BrandCreated.Declaration()
	if err := Verify(k, &e, d); err != nil {
		t.Fatal(err)
	}
	for name, alter := range map[string]func(*Envelope){
		"id": func(e *Envelope) { e.ID += "x" }, "source": func(e *Envelope) { e.Source = "/mart/brand" }, "type": func(e *Envelope) { e.Type = BrandDeleted.Type() },
		"subject": func(e *Envelope) { e.Subject = "x" }, "time": func(e *Envelope) { e.Time = e.Time.Add(time.Nanosecond) },
		"correlation": func(e *Envelope) { e.Correlation = "" }, "causation": func(e *Envelope) { e.Causation = "x" },
		"asker's type": func(e *Envelope) { e.By.Type = Staff }, "asker": func(e *Envelope) { e.By.ID = "x" },
		"fingerprint": func(e *Envelope) { e.Fingerprint = "x" }, "data": func(e *Envelope) { e.Data = json.RawMessage(`{}`) },
		"moved border": func(e *Envelope) { e.ID, e.Source = e.ID+e.Source[:1], e.Source[1:] },
		"no seal":      func(e *Envelope) { e.Seal = "" }, "another's seal": func(e *Envelope) { e.Seal = "old." + strings.Repeat("A", 43) },
		"no mac": func(e *Envelope) { e.Seal = "old" }, "unknown key": func(e *Envelope) { e.Seal = "x" + e.Seal },
	} {
		altered := e
		alter(&altered)
		if err := Verify(k, &altered, d); !errors.Is(err, ErrUnsealed) {
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
	for name, e := range map[string]Envelope{
		"another function": stamped(t, k, Product, CreateBrand.New(brandID, BrandFields{})),
		"no function":      stamped(t, k, "brand/../db", CreateBrand.New(brandID, BrandFields{})),
	} {
		if err := Verify(k, &e, CreateBrand.Declaration()); !errors.Is(err, ErrUnsealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := stamped(t, k, Brand, CreateBrand.New(brandID, BrandFields{}))
	e.Source = "brand" // From would read the same
	Sign(k, &e)
	if err := Verify(k, &e, CreateBrand.Declaration()); !errors.Is(err, ErrUnsealed) {
		t.Errorf("a source without its prefix: %v", err)
	}
}

// The three steps of a rotation, at each of which two neighbours understand each other.
func TestSealKeysRotate(t *testing.T) {
	t.Parallel()
	rings := []string{oldSeal, oldSeal + "," + newSeal, newSeal + "," + oldSeal, newSeal}
	for i := range len(rings) - 1 {
		one, other := keysOf(t, rings[i], oldPersonal), keysOf(t, rings[i+1], oldPersonal)
		for _, pair := range [][2]*Keys{{one, other}, {other, one}} {
			e := stamped(t, pair[0], Brand, CreateBrand.New(brandID, BrandFields{}))
			if err := Verify(pair[1], &e, CreateBrand.Declaration()); err != nil {
				t.Errorf("step %d: %v", i+1, err)
			}
		}
	}
	e := stamped(t, keysOf(t, oldSeal, oldPersonal), Brand, CreateBrand.New(brandID, BrandFields{}))
	if err := Verify(keysOf(t, newSeal, oldPersonal), &e, CreateBrand.Declaration()); !errors.Is(err, ErrUnsealed) {
		t.Errorf("a seal of a dropped key: %v", err)
	}
}
