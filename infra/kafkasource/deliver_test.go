package kafkasource

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

// scripted answers from a list; the last answer repeats.
type scripted struct {
	name    string
	answers []answer
	events  []event
}

func (s *scripted) String() string { return s.name }

func (s *scripted) send(_ context.Context, e event) answer {
	s.events = append(s.events, e)
	return s.answers[min(len(s.events), len(s.answers))-1]
}

func codes(list ...int) []answer {
	var out []answer
	for _, code := range list {
		a := answer{code: code}
		if code == 0 {
			a.err = errors.New("cut")
		}
		out = append(out, a)
	}
	return out
}

// newDeliverer retries twice; its pauses are noted instead of slept.
func newDeliverer(sink, dead *scripted) (*deliverer, *[]time.Duration, *[]Report) {
	var pauses []time.Duration
	var reports []Report
	d := &deliverer{
		source: &KafkaSource{Metadata: Metadata{Name: "s", Namespace: "mart"}},
		sink:   sink,
		policy: policy{retry: 2, delay: 200 * time.Millisecond, timeout: time.Second},
		wait: func(ctx context.Context, p time.Duration) error {
			pauses = append(pauses, p)
			return ctx.Err()
		},
		observe: func(r Report) { r.Took = 0; reports = append(reports, r) },
		log:     slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if dead != nil {
		d.deadLetter = dead
	}
	return d, &pauses, &reports
}

func TestDeliver_outcomes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sink, dead []answer
		want       Outcome
		attempts   int
	}{
		"200":                              {codes(200), codes(202), Delivered, 1},
		"299":                              {codes(299), codes(202), Delivered, 1},
		"300 is refused":                   {codes(300), codes(202), DeadLettered, 1},
		"307 is not followed":              {codes(307), codes(202), DeadLettered, 1},
		"400 is refused":                   {codes(400), codes(202), DeadLettered, 1},
		"401 is refused":                   {codes(401), codes(202), DeadLettered, 1},
		"410 is refused":                   {codes(410), codes(202), DeadLettered, 1},
		"422 is refused":                   {codes(422), codes(202), DeadLettered, 1},
		"404 is tried again":               {codes(404, 200), codes(202), Delivered, 2},
		"408 is tried again":               {codes(408, 200), codes(202), Delivered, 2},
		"409 is tried again":               {codes(409, 200), codes(202), Delivered, 2},
		"429 is tried again":               {codes(429, 200), codes(202), Delivered, 2},
		"500 is tried again":               {codes(500, 200), codes(202), Delivered, 2},
		"503 is tried again":               {codes(503, 200), codes(202), Delivered, 2},
		"no answer is tried again":         {codes(0, 200), codes(202), Delivered, 2},
		"503 for ever":                     {codes(503), codes(202), DeadLettered, 3},
		"the dead letter sink has retries": {codes(400), codes(503, 0, 202), DeadLettered, 1},
		"both fail":                        {codes(503), codes(503), Dropped, 3},
		"both refuse":                      {codes(400), codes(400), Dropped, 1},
		"no dead letter sink":              {codes(400), nil, Dropped, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := &scripted{name: "http://sink", answers: c.sink}
			var dead *scripted
			if c.dead != nil {
				dead = &scripted{name: "http://dead", answers: c.dead}
			}
			d, _, reports := newDeliverer(sink, dead)
			equal(t, true, d.deliver(t.Context(), t.Context(), recordOf(nil, nil)))
			last := c.sink[min(c.attempts, len(c.sink))-1].code
			equal(t, []Report{{Source: "mart/s", Topic: "orders", Partition: 3, Offset: 41, Outcome: c.want, Attempts: c.attempts, Code: last}}, *reports)
			equal(t, c.attempts, len(sink.events))
		})
	}
}

func TestDeliver_pauses(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	d, pauses, _ := newDeliverer(&scripted{answers: []answer{{code: 503, header: http.Header{"Retry-After": {"9"}}}}}, nil)
	d.policy.retry = 4
	d.deliver(t.Context(), t.Context(), recordOf(nil, nil))
	equal(t, []time.Duration{400 * ms, 800 * ms, 1600 * ms, 3200 * ms}, *pauses)
	equal(t, 819200*ms, policy{delay: 200 * ms}.pause(12)) // the last of twelve
	equal(t, true, policy{delay: time.Hour}.pause(200) > 0)
}

func TestDeliver_deadLetterTellsWhatHappened(t *testing.T) {
	t.Parallel()
	valid := []string{"ce_specversion=1.0", "ce_id=1", "ce_type=t", "ce_source=/s", "content-type=application/json"}
	original := []string{"ce-id=1", "ce-type=t", "ce-source=/s", "Content-Type=application/json", "ce-knativeerrordest=http://sink/in"}
	for name, c := range map[string]struct {
		last answer
		want []string
	}{
		"an answer": {
			answer{code: 422, body: []byte("no"), header: http.Header{"Kne-Reason": {"bad"}, "X-Other": {"x"}}},
			[]string{"ce-knativeerrorcode=422", "ce-knativeerrordata=" + base64.StdEncoding.EncodeToString([]byte("no")), "ce-reason=bad"},
		},
		"an answer without a body": {answer{code: 503}, []string{"ce-knativeerrorcode=503"}},
		"no answer":                {answer{err: errors.New("timeout")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dead := &scripted{answers: codes(202)}
			d, _, _ := newDeliverer(&scripted{name: "http://sink/in", answers: []answer{c.last}}, dead)
			d.deliver(t.Context(), t.Context(), recordOf(nil, []byte(`{"a":1}`), valid...))
			equal(t, 1, len(dead.events))
			equal(t, wire{headersOf(append(original, c.want...)...), `{"a":1}`}, wire{dead.events[0].header, string(dead.events[0].body)})
		})
	}
}

func TestDeliver_drainingLeavesWhatWouldHaveToWait(t *testing.T) {
	t.Parallel()
	draining, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		answers []answer
		done    bool
	}{
		"an accepted attempt counts": {codes(200), true},
		"a failed one is left":       {codes(503), false},
	} {
		d, _, _ := newDeliverer(&scripted{answers: c.answers}, nil)
		if done := d.deliver(t.Context(), draining, recordOf(nil, nil)); done != c.done {
			t.Errorf("%s: done is %v", name, done)
		}
	}
}

func TestHTTPSink(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ok", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Got", strings.Join([]string{r.Host, r.Header.Get("ce-id"), string(body), r.Header.Get("Prefer"), r.Header.Get("Kn-Namespace")}, " "))
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/ok", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, strings.Repeat("x", 5000))
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	f := newFunction(t, nil)
	f.Config.Handler = mux
	for path, want := range map[string]struct {
		code, shown int
		failed      bool
	}{
		"/ok":        {202, 0, false},
		"/elsewhere": {307, 0, false},
		"/long":      {400, 1024, false},
		"/slow":      {0, 0, true},
		"/cut":       {0, 0, true},
	} {
		sink, err := newHTTPSink(f.URL+path, "shop", newTransport())
		if err != nil {
			t.Fatal(err)
		}
		limit := patience
		if path == "/slow" {
			limit = 200 * time.Millisecond // which this one never answers within
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		sent := event{http.Header{"Ce-Id": {"7"}}, []byte("body")}
		a := sink.send(ctx, sent)
		equal(t, http.Header{"Ce-Id": {"7"}}, sent.header)
		cancel()
		if a.code != want.code || len(a.body) != want.shown || (a.err != nil) != want.failed {
			t.Errorf("%s: got %d, %d bytes, error %v", path, a.code, len(a.body), a.err)
		}
		if path == "/ok" {
			equal(t, strings.TrimPrefix(f.URL, "http://")+" 7 body reply shop", a.header.Get("X-Got"))
		}
	}
}

func TestDeliver_tellsWhatItWillTryAgain(t *testing.T) {
	t.Parallel()
	d, _, _ := newDeliverer(&scripted{name: "http://sink", answers: codes(503, 0, 400)}, &scripted{name: "http://dead", answers: codes(503, 202)})
	var told []Retry
	d.retrying = func(r Retry) {
		told = append(told, Retry{r.Source, r.Topic, r.Partition, r.Offset, r.To, r.Attempts, nil, r.Pause})
		if r.Reason == nil {
			t.Errorf("attempt %d at %s failed without a reason", r.Attempts, r.To)
		}
	}
	d.deliver(t.Context(), t.Context(), recordOf(nil, nil))
	const ms = time.Millisecond
	equal(t, []Retry{
		{"mart/s", "orders", 3, 41, "http://sink", 1, nil, 400 * ms},
		{"mart/s", "orders", 3, 41, "http://sink", 2, nil, 800 * ms},
		{"mart/s", "orders", 3, 41, "http://dead", 1, nil, 400 * ms},
	}, told)
}
