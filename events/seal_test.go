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
	k.SealEnvelope(&e)
	d := BrandCreated.Declaration()
	if err := k.Verify(&e, d); err != nil {
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
		if err := k.Verify(&altered, d); !errors.Is(err, ErrUnsealed) {
			t.Errorf("%s altered: %v", name, err)
		}
	}
	e.Traceparent = ContinueTrace("")
	if err := k.Verify(&e, d); err != nil {
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
		if err := k.Verify(&e, CreateBrand.Declaration()); !errors.Is(err, ErrUnsealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := stamped(t, k, Brand, CreateBrand.New(brandID, BrandFields{}))
	e.Source = "brand" // From would read the same
	k.SealEnvelope(&e)
	if err := k.Verify(&e, CreateBrand.Declaration()); !errors.Is(err, ErrUnsealed) {
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
			if err := pair[1].Verify(&e, CreateBrand.Declaration()); err != nil {
				t.Errorf("step %d: %v", i+1, err)
			}
		}
	}
	e := stamped(t, keysOf(t, oldSeal, oldPersonal), Brand, CreateBrand.New(brandID, BrandFields{}))
	if err := keysOf(t, newSeal, oldPersonal).Verify(&e, CreateBrand.Declaration()); !errors.Is(err, ErrUnsealed) {
		t.Errorf("a seal of a dropped key: %v", err)
	}
}

func TestNewKeysRefuses(t *testing.T) {
	t.Parallel()
	for _, ring := range []string{"", "a", "a:", ":" + oldSeal[4:], "a:AAAA", "a.b:" + oldSeal[4:], oldSeal + ",", oldSeal + "," + oldSeal} {
		if _, err := NewKeys(ring, oldPersonal); err == nil || strings.Contains(err.Error(), oldSeal[4:]) {
			t.Errorf("ring %q: %v", ring, err)
		}
		if _, err := NewKeys(oldSeal, ring); err == nil {
			t.Errorf("personal ring %q is taken", ring)
		}
	}
	if _, err := NewKeys(GenerateRing("k1"), GenerateRing("k2")); err != nil {
		t.Errorf("a generated ring: %v", err)
	}
}
