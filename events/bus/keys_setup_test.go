package bus

import (
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

// Keys of tests: the same in every run, so that what they seal can be compared with a golden file.
const (
	oldSeal     = "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	newSeal     = "new:/wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4="
	oldPersonal = "p1:8PHy8/T19vf4+fr7/P3+//Dx8vP09fb3+Pn6+/z9/v8="
	newPersonal = "p2:Dw4NDAsKCQgHBgUEAwIBAA8ODQwLCgkIBwYFBAMCAQA="
)

func keysOf(t testing.TB, seal, personal string) *events.Keys {
	t.Helper()
	k, err := events.NewKeys(seal, personal)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testKeys(t testing.TB) *events.Keys { return keysOf(t, oldSeal, oldPersonal) }

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

const brandID = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"
