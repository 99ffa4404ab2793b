package password

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
)

func cheap(t testing.TB, wait time.Duration) *Hasher {
	t.Helper()
	h, err := New(Settings{MemoryKiB: leastMemory, Iterations: 1, Wait: wait}, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHasher_KnowsAPasswordByItsHash(t *testing.T) {
	t.Parallel()
	h, ctx := cheap(t, 20*time.Second), t.Context()
	hash, err := h.Hash(ctx, "here", "pa\u0308ssword") // an a with a combining diaeresis …
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=7168,t=1,p=1$") {
		t.Fatalf("%q %v", hash, err)
	}
	for password, want := range map[string]bool{"p\u00e4ssword": true /* … is the letter ä */, "password": false, "": false} {
		if got, err := h.Matches(ctx, "here", password, hash); got != want || err != nil {
			t.Errorf("%q: %v %v", password, got, err)
		}
	}
	if got, err := h.Matches(ctx, "here", "anything", ""); got || err != nil {
		t.Errorf("no hash: %v %v", got, err)
	}
	if _, err := h.Matches(ctx, "here", "secret", "not a hash"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a broken hash: %v", err)
	}
}

func TestHasher_IsBusyWhenNoPlaceGetsFree(t *testing.T) {
	t.Parallel()
	h := cheap(t, time.Millisecond)
	for h.turns.free > 0 {
		<-h.turns.wait("here")
	}
	if _, err := h.Hash(t.Context(), "here", "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	h.wait = time.Hour
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Matches(gone, "here", "x", ""); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	h.turns.leave()
	if _, err := h.Hash(t.Context(), "here", "x"); err != nil {
		t.Error(err)
	}
}

func TestThrottle_FillsAgain(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	th := NewThrottle(3, func() time.Time { return now })
	for i := range 3 {
		if err := th.Take("a"); err != nil {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	err := th.Take("a")
	late, ok := errors.AsType[*TooMany](err)
	problem, also := errors.AsType[*events.Problem](err)
	if !ok || late.RetryAfter() != "20" || !also || problem.Status != 429 {
		t.Fatalf("%v", err)
	}
	if err := th.Take("b"); err != nil {
		t.Errorf("another key: %v", err)
	}
	th.GiveBack("a")
	if err := th.Take("a"); err != nil {
		t.Errorf("given back: %v", err)
	}
	now = now.Add(20 * time.Second)
	if th.Take("a") != nil || th.Take("a") == nil {
		t.Error("one more after 20 s, and only one")
	}
	th.GiveBack("c")
	if _, kept := th.buckets["c"]; kept {
		t.Error("a full bucket is kept")
	}
}

func TestThrottle_ForgetsBeforeItTakesAllMemory(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	th := NewThrottle(3, func() time.Time { return now })
	for i := range maxBuckets + 100 {
		if err := th.Take(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(th.buckets); n > maxBuckets {
		t.Errorf("%d buckets", n)
	}
	now = now.Add(time.Hour)
	for i := range maxBuckets {
		_ = th.Take("again" + strconv.Itoa(i))
	}
	if n := len(th.buckets); n > maxBuckets {
		t.Errorf("%d buckets", n)
	}
}
