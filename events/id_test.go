package events

import "testing"

// Whoever repeats a request while keys are rotated, at a function that is a step ahead or behind, is understood.
func TestFingerprintOutlivesARotation(t *testing.T) {
	t.Parallel()
	var rings []string
	for _, personal := range []string{oldPersonal, oldPersonal + "," + newPersonal, newPersonal + "," + oldPersonal, newPersonal} {
		k := keysOf(t, oldSeal, personal)
		rings = append(rings, k.Fingerprint("POST /orders", "", `{"lines":[]}`))
		if other := k.Fingerprint("POST /orders", "", `{"lines":[1]}`); SameFingerprint(rings[len(rings)-1], other) {
			t.Errorf("another request has the fingerprint %s", other)
		}
	}
	for i := range rings[1:] {
		if !SameFingerprint(rings[i], rings[i+1]) || !SameFingerprint(rings[i+1], rings[i]) {
			t.Errorf("step %d: %s and %s differ", i, rings[i], rings[i+1])
		}
	}
	if SameFingerprint(rings[0], rings[3]) || SameFingerprint("", rings[0]) || !SameFingerprint("", "") {
		t.Error("what has no key in common was taken for the same")
	}
}
