package kafkasource

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// request is what a function received; attempt counts per event id, from 1.
type request struct {
	header  http.Header
	body    string
	id      string
	attempt int
}

// function is a sink: answer decides, and every request is kept once it arrived.
type function struct {
	*httptest.Server
	mu       sync.Mutex
	changed  *sync.Cond
	requests []request
	attempts map[string]int
	flying   map[string]int // by partition
	most     map[string]int // the most that were in flight at once, by partition; "" is all of them
}

func newFunction(t testing.TB, answer func(http.ResponseWriter, request)) *function {
	t.Helper()
	f := &function{attempts: map[string]int{}, flying: map[string]int{}, most: map[string]int{}}
	f.changed = sync.NewCond(&f.mu)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in := f.arrive(r, string(body))
		if answer != nil {
			answer(w, in)
		}
		f.leave(in)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *function) arrive(r *http.Request, body string) request {
	f.mu.Lock()
	defer f.mu.Unlock()
	in := request{header: r.Header.Clone(), body: body, id: r.Header.Get("ce-id")}
	f.attempts[in.id]++
	in.attempt = f.attempts[in.id]
	f.requests = append(f.requests, in)
	for _, partition := range []string{"", in.header.Get("ce-knativekafkapartition")} {
		f.flying[partition]++
		f.most[partition] = max(f.most[partition], f.flying[partition])
	}
	f.changed.Broadcast()
	return in
}

func (f *function) leave(in request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flying[""]--
	f.flying[in.header.Get("ce-knativekafkapartition")]--
	f.changed.Broadcast()
}

// await waits until the requests satisfy enough, and returns them.
func (f *function) await(t testing.TB, what string, enough func(*function) bool) []request {
	t.Helper()
	late := time.AfterFunc(patience, func() { f.mu.Lock(); f.changed.Broadcast(); f.mu.Unlock() })
	defer late.Stop()
	deadline := time.Now().Add(patience)
	f.mu.Lock()
	defer f.mu.Unlock()
	for !enough(f) {
		if !time.Now().Before(deadline) {
			t.Fatalf("waited in vain for %s; got %d requests", what, len(f.requests))
		}
		f.changed.Wait()
	}
	return append([]request(nil), f.requests...)
}

func (f *function) awaitCount(t testing.TB, n int) []request {
	t.Helper()
	return f.await(t, fmt.Sprintf("%d requests", n), func(f *function) bool { return len(f.requests) >= n })
}

func (f *function) ids() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []string
	for _, r := range f.requests {
		ids = append(ids, r.id)
	}
	return ids
}
