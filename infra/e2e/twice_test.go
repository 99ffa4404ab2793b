package e2e

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

// twice stands in front of the functions' ports: it delivers every event two times at the same moment, after a wait that shuffles
// them all. A delivery counts as done only when both are.
type twice struct {
	t         *testing.T
	shuffle   time.Duration // the longest wait
	copies    int           // of each delivery
	mu        sync.Mutex
	random    *rand.Rand
	delivered atomic.Int64
	faults    atomic.Int64 // answers of 500 and above
	client    *http.Client
}

func newTwice(t *testing.T, shuffle time.Duration) *twice {
	t.Helper()
	return &twice{t: t, shuffle: shuffle, copies: 2, random: rand.New(rand.NewPCG(1, 2)), client: &http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256},
	}}
}

// deliver gives the address at which the function's events are to be posted.
func (d *twice) deliver(_ events.Function, url string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.forward(w, r, url) }))
	d.t.Cleanup(server.Close)
	return server.URL
}

type answer struct {
	status int
	body   []byte
}

func (d *twice) forward(w http.ResponseWriter, r *http.Request, url string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "cut", http.StatusBadGateway)
		return
	}
	d.delivered.Add(1)
	time.Sleep(d.wait()) // this is the shuffling, not a wait for something
	answers := make([]answer, d.copies)
	var done sync.WaitGroup
	for i := range answers {
		done.Go(func() { answers[i] = d.post(r.Context(), r.Header, url+r.URL.Path, body) })
	}
	done.Wait()
	worst := slices.MaxFunc(answers, func(a, b answer) int { return cmp.Compare(a.status, b.status) })
	if worst.status >= http.StatusInternalServerError {
		d.faults.Add(1)
	}
	w.WriteHeader(worst.status)
	_, _ = w.Write(worst.body) // a source that has gone away posts it again
}

func (d *twice) wait() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.random.Int64N(int64(d.shuffle)))
}

func (d *twice) post(ctx context.Context, header http.Header, url string, body []byte) answer {
	lost := answer{status: http.StatusBadGateway}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return lost
	}
	req.Header = header.Clone()
	res, err := d.client.Do(req)
	if err != nil {
		return lost
	}
	defer func() { _ = res.Body.Close() }()
	said, err := io.ReadAll(res.Body)
	if err != nil {
		return lost
	}
	return answer{res.StatusCode, said}
}
