package user

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// sourceRoutes declares how operators see whether events arrive. lags asks Kafka.
func sourceRoutes(api *web.API, lags func(context.Context) ([]bus.SourceLag, error), log *slog.Logger) {
	s := &sources{lags: lags, log: log, now: time.Now}
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/sources", ID: "listSources", Summary: "See whether events arrive: what each function's source reads, and how much waits",
		Description: "A source brings a function what arrives for it: it reads its topics as a consumer group of Kafka's and delivers each record. Of each the answer says who " +
			"reads, how many records wait, and since when. Sources note their place every few seconds, so that what was delivered just now may still be counted. It is as old as " +
			"at says, some seconds at most. 503 kafka_unavailable: Kafka does not answer.",
		Access: web.Access{Staff: events.JournalRead}, Also: []int{http.StatusServiceUnavailable},
	}, s.read)
}

// Sources are what delivers events.
type Sources struct {
	At      time.Time `json:"at" doc:"When this was so."`
	Sources []Source  `json:"sources" nullable:"false" doc:"One for each function that something arrives for."`
}

// Source is what delivers a function's events, and how far it has come.
type Source struct {
	Function  events.Function `json:"function" doc:"Whom it delivers to." example:"notification"`
	Group     string          `json:"consumerGroup" doc:"The consumer group in which it reads, as KafkaSource has it." example:"mart.notification"`
	Status    string          `json:"status" enum:"reading,partly,stopped" doc:"reading: somebody reads each of its topics; partly: some of its topics nobody reads; stopped: nobody reads for it, and nothing arrives." example:"reading"`
	Consumers int             `json:"consumers" minimum:"0" doc:"How many read for it." example:"1"`
	Waiting   int64           `json:"waiting" minimum:"0" doc:"How many records have not been delivered yet." example:"3"`
	Since     *time.Time      `json:"waitingSince,omitempty" doc:"When the oldest of them was written; absent where none waits, or where it is not known."`
	Topics    []SourceTopic   `json:"topics" nullable:"false" doc:"What it reads."`
}

// SourceTopic is what a source reads, and how far it has come there.
type SourceTopic struct {
	Topic   string     `json:"topic" doc:"The topic's name." example:"mart.order.paid"`
	Reading bool       `json:"reading" doc:"Whether somebody reads it for this source." example:"true"`
	Waiting int64      `json:"waiting" minimum:"0" doc:"How many of its records have not been delivered yet." example:"3"`
	Since   *time.Time `json:"waitingSince,omitempty" doc:"When the oldest of them was written; absent where none waits, or where it is not known."`
}

const (
	sourceReading = "reading"
	sourcePartly  = "partly"
	sourceStopped = "stopped"
)

// sourcesFresh is how long an answer of Kafka's is told again: a page that many look at asks Kafka no oftener.
const sourcesFresh = 2 * time.Second

// errKafka is what is told instead of what Kafka's client says, which is logged.
var errKafka = &events.Problem{
	Status: http.StatusServiceUnavailable, Code: "kafka_unavailable", Detail: "Kafka does not answer right now, so that nobody can say how far the sources have come.",
}

// sources asks Kafka one question at a time.
type sources struct {
	lags func(context.Context) ([]bus.SourceLag, error)
	log  *slog.Logger
	now  func() time.Time

	mu   sync.Mutex
	seen Sources
	err  error
}

func (s *sources) read(ctx context.Context, in *web.Tagged) (*web.Document[Sources], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); s.seen.At.IsZero() || now.Sub(s.seen.At) >= sourcesFresh {
		lags, err := s.lags(context.WithoutCancel(ctx)) // it has a bound of its own, and others wait for the answer, too
		if err != nil {
			s.log.WarnContext(ctx, "Kafka does not say how far the sources have come", "reason", err)
			err = errKafka
		}
		s.seen, s.err = Sources{At: now.UTC(), Sources: []Source{}}, err
		for _, lag := range lags {
			s.seen.Sources = append(s.seen.Sources, showSource(lag))
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	return web.ShowTagged(*in, web.NoStore, s.seen)
}

func showSource(lag bus.SourceLag) Source {
	shown, unread := Source{Function: lag.Function, Group: lag.Group, Status: sourceReading, Consumers: lag.Consumers, Topics: []SourceTopic{}}, 0
	for _, t := range lag.Topics {
		topic := SourceTopic{Topic: t.Topic, Reading: t.Read, Waiting: t.Waiting}
		if !t.Since.IsZero() {
			since := t.Since
			topic.Since = &since
			if shown.Since == nil || since.Before(*shown.Since) {
				shown.Since = &since
			}
		}
		if !t.Read {
			unread++
		}
		shown.Waiting += t.Waiting
		shown.Topics = append(shown.Topics, topic)
	}
	switch {
	case lag.Consumers == 0:
		shown.Status = sourceStopped
	case unread > 0:
		shown.Status = sourcePartly
	}
	return shown
}
