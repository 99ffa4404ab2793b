package user

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// What a source is, it is as a whole: nobody reads for it, or not all of it, and what waits longest waits for it.
func TestASourceIsTheSumOfItsTopics(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	later := noon.Add(time.Minute)
	for name, c := range map[string]struct {
		lag  bus.SourceLag
		want Source
	}{
		"all is read, nothing waits": {
			bus.SourceLag{Function: events.DB, Group: "mart.db", Consumers: 2, Topics: []bus.TopicLag{{Topic: "a", Read: true}}},
			Source{Function: events.DB, Group: "mart.db", Status: "reading", Consumers: 2, Topics: []SourceTopic{{Topic: "a", Reading: true}}},
		},
		"one topic is not read": {
			bus.SourceLag{Consumers: 1, Topics: []bus.TopicLag{{Topic: "a", Read: true, Waiting: 2, Since: later}, {Topic: "b", Waiting: 3, Since: noon}, {Topic: "c", Read: true, Waiting: 1}}},
			Source{Status: "partly", Consumers: 1, Waiting: 6, Since: &noon, Topics: []SourceTopic{
				{Topic: "a", Reading: true, Waiting: 2, Since: &later}, {Topic: "b", Waiting: 3, Since: &noon}, {Topic: "c", Reading: true, Waiting: 1},
			}},
		},
		"nobody reads": {
			bus.SourceLag{Topics: []bus.TopicLag{{Topic: "a"}}},
			Source{Status: "stopped", Topics: []SourceTopic{{Topic: "a"}}},
		},
	} {
		if d := cmp.Diff(c.want, showSource(c.lag)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Kafka is asked once for all who ask within two seconds, also where it does not answer.
func TestSources_AskKafkaNowAndThen(t *testing.T) {
	t.Parallel()
	asked, now := 0, time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	var err error
	s := &sources{log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }, lags: func(context.Context) ([]bus.SourceLag, error) {
		asked++
		return []bus.SourceLag{{Function: events.DB}}, err
	}}
	look := func(wantAsked int, want error) {
		t.Helper()
		answer, got := s.read(t.Context(), &web.Tagged{})
		if !errors.Is(got, want) || asked != wantAsked || want == nil && answer == nil {
			t.Errorf("asked %d times, want %d: %v, want %v", asked, wantAsked, got, want)
		}
	}
	look(1, nil)
	now = now.Add(sourcesFresh - 1)
	look(1, nil)
	now, err = now.Add(1), errors.New("connect to Kafka: refused")
	look(2, errKafka)
	look(2, errKafka)
	now, err = now.Add(sourcesFresh), nil
	look(3, nil)
}

// Where Kafka takes connections and says nothing, whoever asks is told so, and in time.
func TestSources_SayThatKafkaDoesNotAnswer(t *testing.T) {
	t.Parallel()
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	o := setup(t)
	sourceRoutes(o.api, bus.KafkaConfig{Brokers: []string{silent.Addr().String()}}.Lags, slog.New(slog.DiscardHandler))
	a := o.call("owner:"+o.boss, http.MethodGet, "/sources", "")
	var problem struct{ Code, Detail string }
	a.JSON(t, &problem)
	if a.Status != http.StatusServiceUnavailable || problem.Code != errKafka.Code || problem.Detail != errKafka.Detail {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
