package user

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// What bounds the taking in: a flood of letters waits here and not before purchases.
const (
	lettersAtOnce    = 4  // wait for db
	lettersPerSecond = 20 // at one replica, after the first hundred
	letterWait       = 10 * time.Second
	keptAtMost       = 512 << 10 // what an event says, as a string of JSON; larger ones the command line alone sends again
)

// letterTaker takes in what lies among the dead letters, letters and marks, as commands of which each is known by its place.
//
// It answers 202 also where nothing can ever come of a record, and 503 where that may: a letter that was not taken in must never become
// another one. Its source has no dead letter sink for the same reason.
type letterTaker struct {
	asker *bus.Asker
	run   func(ctx context.Context, command events.Outgoing, wait time.Duration) (events.OperationState, error)
	log   *slog.Logger
	pace  *rate.Limiter
	slots chan struct{}
}

func newLetterTaker(c bus.Caller, log *slog.Logger) *letterTaker {
	return &letterTaker{asker: c.Asker, run: c.Call, log: log, pace: rate.NewLimiter(lettersPerSecond, 100), slots: make(chan struct{}, lettersAtOnce)}
}

// withLetters takes in what is posted to bus.LetterPath; everything else is next's.
func withLetters(t *letterTaker, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != bus.LetterPath || r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
		defer cancel()
		if err := t.take(ctx, r); err != nil {
			t.log.Warn("a dead letter is taken in later", "place", placeOf(r), "reason", err)
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
}

// take takes in a record. Error: not now.
func (t *letterTaker) take(ctx context.Context, r *http.Request) error {
	command, known, err := t.read(r)
	switch {
	case err != nil:
		t.log.Warn("what lies among the dead letters is not taken in", "place", placeOf(r), "type", attributeOf(r)("type"), "reason", err)
		return nil
	case command == nil:
		return nil
	}
	if err := t.wait(ctx); err != nil {
		return err
	}
	defer func() { <-t.slots }()
	ctx = events.WithCause(ctx, events.Cause{By: events.SystemPrincipal(events.User)})
	state, err := bus.Ask(ctx, t.asker, events.GetDeadLetter, events.Lookup{ID: command.Subject})
	if problem, refused := errors.AsType[*events.Problem](err); err != nil && (!refused || problem.Status != http.StatusNotFound) {
		return fmt.Errorf("ask db: %w", err) // also one of a release before, which knows no letters
	}
	if err == nil && known(state) {
		return nil
	}
	outcome, err := t.run(ctx, *command, letterWait)
	if err != nil {
		return err
	}
	if outcome.Problem != nil {
		t.log.Error("a dead letter could not be taken in", "place", placeOf(r), "reason", outcome.Problem)
	}
	return nil
}

// wait waits for one's turn.
func (t *letterTaker) wait(ctx context.Context) error {
	if err := t.pace.Wait(ctx); err != nil {
		return err
	}
	select {
	case t.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read makes the command of a record, and tells of a letter as db has it whether that has it already. No command: it is not to be taken in.
// Error: it never can be.
func (t *letterTaker) read(r *http.Request) (command *events.Outgoing, known func(events.DeadLetterState) bool, err error) {
	of, place := attributeOf(r), placeOf(r)
	if _, _, ok := bus.PlaceOf(place); !ok {
		return nil, nil, errors.New("it does not say where it lies")
	}
	if events.TakesInLetters(of("type")) {
		return nil, nil, errors.New("it is about the taking in of another: the command line alone shows it")
	}
	if m, marks := bus.MarkOf(of); marks {
		return readMark(m)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bus.MaxLetterBytes+1))
	if err != nil {
		return nil, nil, err
	}
	l := fitting(bus.NewLetterOf(place, of))
	if l.Bytes = len(body); keepable(l, body) {
		l.Data = string(body)
	}
	id := events.DeadLetterID(place)
	c := events.RecordDeadLetter.New(id, l).WithID(events.DeriveID("record a dead letter", place, l.Source, l.EventID, string(l.Function)), "")
	return &c, func(s events.DeadLetterState) bool {
		return s.EventID == l.EventID && s.Source == l.Source && s.Type == l.Type && s.Function == l.Function
	}, nil
}

// readMark makes the command of a mark. Whoever has written it is who asks, so that the journal says who has done something.
func readMark(m events.PlacedMark) (*events.Outgoing, func(events.DeadLetterState) bool, error) {
	if _, _, ok := bus.PlaceOf(m.Place); !ok || m.Run == "" || m.At.IsZero() {
		return nil, nil, errors.New("it is a mark beside no letter")
	}
	m.Place, m.Run, m.By.ID = fit(m.Place, 40), fit(m.Run, 200), fit(m.By.ID, 200)
	if m.By.Type == "" {
		m.By.Type = events.Client
	}
	c := events.MarkDeadLetter.New(events.DeadLetterID(m.Place), m).
		WithID(events.DeriveID("mark a dead letter", m.Place, string(m.Kind), m.Run), "").AskedBy(m.By)
	return &c, func(s events.DeadLetterState) bool {
		is := func(other *events.LetterMark) bool { return other != nil && other.Kind == m.Kind && other.Run == m.Run }
		return is(s.Replayed) || is(s.Discarded)
	}, nil
}

// keepable tells whether what an event says can be kept as it came.
func keepable(l events.NewDeadLetter, body []byte) bool {
	if l.Topic == "" || len(body) > keptAtMost || !utf8.Valid(body) || !json.Valid(body) {
		return false
	}
	quoted, err := json.Marshal(string(body))
	return err == nil && len(quoted) <= keptAtMost
}

// fitting is a letter of which no attribute is longer than is kept. Of the mart's own events none is.
func fitting(l events.NewDeadLetter) events.NewDeadLetter {
	for _, part := range []struct {
		of   *string
		most int
	}{
		{&l.EventID, 500},
		{&l.Source, 500},
		{&l.Type, 500},
		{&l.Subject, 500},
		{&l.Correlation, 500},
		{&l.Causation, 500},
		{&l.Traceparent, 200},
		{&l.Failed, 500},
		{&l.Code, 20},
		{&l.Reason, 4000},
		{&l.Fingerprint, 1000},
		{&l.Seal, 500},
		{&l.By.ID, 500},
		{(*string)(&l.By.Type), 50},
	} {
		*part.of = fit(*part.of, part.most)
	}
	return l
}

// fit is the beginning of a text, as Postgres takes it.
func fit(text string, most int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

// attributeOf reads the attributes of a delivery as a source writes them: in Latin-1.
func attributeOf(r *http.Request) bus.Attribute {
	return func(name string) string {
		value := r.Header.Get("Ce-" + name)
		runes := make([]rune, len(value))
		for i := range len(value) {
			runes[i] = rune(value[i])
		}
		return string(runes)
	}
}

// placeOf is where the record lies.
func placeOf(r *http.Request) string {
	return r.Header.Get("Ce-"+bus.PartitionExtension) + ":" + r.Header.Get("Ce-"+bus.OffsetExtension)
}
