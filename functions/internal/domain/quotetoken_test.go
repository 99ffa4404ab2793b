package domain

import (
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

// A quote holds as it was made, while its time lasts and its key is in the ring; nobody else makes one, or makes one last.
func TestAQuoteHolds(t *testing.T) {
	t.Parallel()
	keys := func(seal string) *events.Keys {
		k, err := events.NewKeys(seal, events.GenerateRing("p"))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	old, newer := events.GenerateRing("s1"), events.GenerateRing("s2")
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	token := newQuoteToken(keys(old), "ten euros", noon)
	stamp, signature, _ := strings.Cut(token, ".")
	for name, c := range map[string]struct {
		ring, token, offer string
		at                 time.Time
		want               bool
	}{
		"as it was made":     {old, token, "ten euros", noon.Add(-time.Second), true},
		"after a rotation":   {newer + "," + old, token, "ten euros", noon.Add(-time.Second), true},
		"without its key":    {newer, token, "ten euros", noon.Add(-time.Second), false},
		"another offer":      {old, token, "nine euros", noon.Add(-time.Second), false},
		"too late":           {old, token, "ten euros", noon, false},
		"made to last":       {old, "zzzzzz." + signature, "ten euros", noon, false},
		"without a proof":    {old, stamp, "ten euros", noon.Add(-time.Second), false},
		"nothing":            {old, "", "ten euros", noon.Add(-time.Second), false},
		"a seal of messages": {old, stamp + "." + keys(old).Sign(stamp, "ten euros"), "ten euros", noon.Add(-time.Second), false},
	} {
		if got := quoteHolds(keys(c.ring), c.token, c.offer, c.at); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A picture that is another meanwhile makes no quote another.
func TestQuoteOffer_KnowsNoPictures(t *testing.T) {
	t.Parallel()
	offer := func(picture string) string {
		return quoteOffer(events.Destination{Country: "DE"}, []events.OrderLine{{ProductID: "mug", ImageURL: picture}}, events.Sum{})
	}
	if one, other := offer("https://x.example/a.png"), offer(""); one != other {
		t.Errorf("%s and %s", one, other)
	}
}
