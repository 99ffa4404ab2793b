package boot

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

func given() map[string]string {
	return map[string]string{"EVENT_SEAL_KEYS": events.GenerateRing("s1"), "EVENT_PERSONAL_KEYS": events.GenerateRing("p1"), "LOG_LEVEL": "error", "KAFKA_BROKERS": "127.0.0.1:1"}
}

// echo is a function without Kafka whose API says hello.
func echo(ready error) *Function {
	return NewEventless(events.Gateway, func(context.Context, *Runtime) (Service, error) {
		return Service{
			API:   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }),
			Ready: func(context.Context) error { return ready },
		}, nil
	})
}

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestAFunctionThatHasNotStartedSaysSo(t *testing.T) {
	t.Parallel()
	f := echo(nil)
	for path, want := range map[string]int{"/hello": 503, "/health/readiness": 503, "/health/liveness": 200} {
		if code, body := get(t, f.Server(), path); code != want {
			t.Errorf("GET %s before the start: %d %q, want %d", path, code, body, want)
		}
	}
}

func TestAStartedFunctionServesItsAPI(t *testing.T) {
	t.Parallel()
	f := echo(nil)
	if err := f.Start(t.Context(), given()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/anything": "hello", "/health/readiness": "OK", "/health/liveness": "OK"} {
		if code, body := get(t, f.Server(), path); code != 200 || body != want {
			t.Errorf("GET %s: %d %q, want 200 %q", path, code, body, want)
		}
	}
	if err := f.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestReadinessTellsWhatIsNotReady(t *testing.T) {
	t.Parallel()
	f := echo(errors.New("no oven"))
	if err := f.Start(t.Context(), given()); err != nil {
		t.Fatal(err)
	}
	if code, body := get(t, f.Server(), "/health/readiness"); code != 503 || !strings.Contains(body, "no oven") {
		t.Errorf("readiness: %d %q", code, body)
	}
}

func TestAWrongSettingIsNamed(t *testing.T) {
	t.Parallel()
	for setting, value := range map[string]string{
		"EVENT_SEAL_KEYS": "", "EVENT_PERSONAL_KEYS": "k1:tooshort", "KAFKA_BROKERS": "", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml", "DB_URL": "foo",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "4318",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			env := given()
			env[setting] = value
			if value == "" {
				delete(env, setting)
			}
			f := New(events.Brand, nil) // never built: the settings come first
			err := f.Start(t.Context(), env)
			if err == nil || !strings.Contains(err.Error(), setting) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Start: %v, want one line that names %s", err, setting)
			}
			if ready, reason := f.Ready(t.Context()); ready || reason == nil {
				t.Error("a function that could not start must not be ready, and say why")
			}
		})
	}
}

// TestServeLetsRequestsEnd stops a server while a request is being handled.
func TestServeLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	arrived, finish := make(chan struct{}), make(chan struct{})
	f := NewEventless(events.Gateway, func(context.Context, *Runtime) (Service, error) {
		return Service{
			API: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				close(arrived)
				<-finish
				_, _ = io.WriteString(w, "done")
			}),
			Stop: func(context.Context) error {
				select {
				case <-finish:
					return nil
				default:
					return errors.New("stopped before the last request had ended")
				}
			},
		}, nil
	})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- f.Serve(ctx, listener, given()) }()
	awaitReady(t, f)
	answered := make(chan string, 1)
	go func() { answered <- body(t, "http://"+listener.Addr().String()+"/") }()
	<-arrived
	stop()
	close(finish)
	if got := <-answered; got != "done" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func awaitReady(t *testing.T, f *Function) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
		if ready, err := f.Ready(t.Context()); ready {
			return
		} else if time.Now().After(end) {
			t.Fatal("not ready in time", err)
		}
	}
}

func body(t *testing.T, url string) string {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return string(raw)
}

// Told to stop while it waits for Kafka, a function stops, and says nothing of a failure.
func TestStoppedWhileItWaitsForKafka(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, tell := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	f := New(events.Brand, func(context.Context, *Runtime) (Service, error) {
		return Service{}, errors.New("it was built without Kafka")
	})
	go func() { ended <- f.Serve(ctx, listener, given()) }()
	for { // until it is alive, which it is before it is ready
		res, err := http.Get("http://" + listener.Addr().String() + "/health/liveness")
		if err == nil {
			_ = res.Body.Close()
			break
		}
	}
	tell()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * time.Minute):
		t.Error("it goes on waiting")
	}
}
