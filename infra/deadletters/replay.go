package deadletters

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Step is what a replay does, or would do, about one letter.
type Step struct {
	Letter
	Does string // in words
	Sent bool   // it was sent by this replay; of a plan: it would be
}

// Plan tells what Replay would do about each letter as things stand.
func Plan(letters []Letter) []Step {
	steps, now := make([]Step, len(letters)), time.Now()
	for i, l := range letters {
		steps[i] = l.plan(now)
	}
	return steps
}

func (l Letter) plan(now time.Time) Step {
	at := func(t time.Time) string { return t.UTC().Format(time.DateTime) }
	switch {
	case l.Topic == "":
		return Step{l, "stays: it holds no event of the mart and has nowhere to go", false}
	case !l.fate.sent.IsZero():
		return Step{l, "stays: it was sent again at " + at(l.fate.sent) + "; if the function has failed since, that is another letter", false}
	case l.fate.run != "" && !l.fate.lapsed(now):
		return Step{l, "stays: another replay has been at it since " + at(l.fate.since) + "; try again after " + at(l.fate.since.Add(lease)), false}
	case l.Function == "":
		return Step{l, "stays: it does not tell which function failed; name it with --function", false}
	}
	return Step{l, fmt.Sprintf("goes to %s, through %s", l.Function, events.ReplayTopic(l.Function)), true}
}

// Replay sends letters again, each to the function that failed and to no other, and each once, however often it is called and by how
// many at a time. by is who does it, for whoever reads the marks. The steps tell what was done about each. Error: Kafka did not answer; what was
// not sent can be when the lease is over.
func Replay(ctx context.Context, access bus.KafkaConfig, letters []Letter, by string) ([]Step, error) {
	steps, run, begun := Plan(letters), uuid.NewString(), time.Now()
	if len(toSend(steps)) == 0 {
		return steps, nil
	}
	ctx, cancel := context.WithDeadline(ctx, begun.Add(lease/2)) // nothing is sent that others may have taken over
	defer cancel()
	marks, err := kafka.Connect(ctx, access, kgo.ClientID(clientID), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return nil, err
	}
	defer marks.Close()
	if err := write(ctx, marks, toSend(steps), mark{kind: claimed, run: run, by: by, at: begun}); err != nil {
		return nil, err
	}
	if err := yield(ctx, access, steps, run); err != nil {
		return nil, err
	}
	unsaid, err := lookUp(ctx, access, steps)
	if err != nil {
		return nil, err
	}
	err = send(ctx, access, steps)
	return steps, errors.Join(err, write(ctx, marks, append(unsaid, toSend(steps)...), mark{kind: replayed, run: run, by: by, at: time.Now()}))
}

// toSend is the letters that are to be sent, or have been.
func toSend(steps []Step) (letters []Letter) {
	for _, s := range steps {
		if s.Sent {
			letters = append(letters, s.Letter)
		}
	}
	return letters
}

// write puts a mark beside each letter.
func write(ctx context.Context, client *kgo.Client, letters []Letter, m mark) error {
	var records []*kgo.Record
	for _, l := range letters {
		m.letter = l.Place
		records = append(records, m.record(l))
	}
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("mark the letters in %s: %w", events.DeadLetterTopic, err)
	}
	return nil
}

// yield leaves out what somebody else has claimed first, and what is gone.
func yield(ctx context.Context, access bus.KafkaConfig, steps []Step, run string) error {
	now, err := Read(ctx, access, Filter{Discarded: true})
	if err != nil {
		return err
	}
	there := make(map[string]Letter, len(now))
	for _, l := range now {
		there[l.Place] = l
	}
	for i, s := range steps {
		if s.Sent {
			l, stays := there[s.Place]
			steps[i] = s.claimed(l.fate, stays, run, time.Now())
		}
	}
	return nil
}

// claimed is the step about a letter once this run has claimed it: as it was, unless the letter is gone or was somebody else's first.
func (s Step) claimed(by fate, stays bool, run string, now time.Time) Step {
	s.fate = by
	switch {
	case !stays:
		s.Does, s.Sent = "is gone: "+events.DeadLetterTopic+" does not keep it any more", false
	case by.run == run && by.sent.IsZero():
	case by.sent.IsZero() && by.lapsed(now):
		s.Does, s.Sent = "stays: another replay had claimed it first, and its claim has lapsed meanwhile; try again", false
	default:
		s.Does, s.Sent = s.plan(now).Does, false
	}
	return s
}

// lookUp leaves out, and gives, what an earlier replay has sent before it died: its claim has lapsed, and its record is in the topic.
func lookUp(ctx context.Context, access bus.KafkaConfig, steps []Step) (unsaid []Letter, err error) {
	doubtful := map[events.Function]time.Time{} // from when on
	for _, l := range toSend(steps) {
		if since, known := doubtful[l.Function]; l.fate.first.Before(l.fate.since) && (!known || l.fate.first.Before(since)) {
			doubtful[l.Function] = l.fate.first
		}
	}
	for f, since := range doubtful {
		sent, err := sentAgain(ctx, access, events.ReplayTopic(f), since)
		if err != nil {
			return nil, err
		}
		for i := range steps {
			if s := &steps[i]; s.Sent && s.Function == f && slices.Contains(sent, s.Place) {
				s.Does, s.Sent = "stays: an earlier replay had sent it and could not say so", false
				unsaid = append(unsaid, s.Letter)
			}
		}
	}
	return unsaid, nil
}

// sentAgain is the places of the letters that were sent to a topic since then.
func sentAgain(ctx context.Context, access bus.KafkaConfig, topic string, since time.Time) (places []string, err error) {
	sent := kafka.Stretch{Access: access, ClientID: clientID, Topics: []string{topic}, Since: since}
	err = sent.Each(ctx, func(r *kgo.Record) {
		if place := headerOf(r, replayOf); place != "" {
			places = append(places, place)
		}
	})
	return places, err
}

// send sends what is to be sent. Error: Kafka did not take one; whether it has that one is looked up by a later replay, and those after
// it were not sent.
func send(ctx context.Context, access bus.KafkaConfig, steps []Step) error {
	client, err := kafka.Connect(ctx, access, kgo.ClientID(clientID),
		kgo.ProducerBatchMaxBytes(bus.MaxReplayBytes), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		return err
	}
	defer client.Close()
	for i := range steps {
		s := &steps[i]
		if !s.Sent {
			continue
		}
		if err == nil {
			if err = client.ProduceSync(ctx, s.again()).FirstErr(); err != nil {
				err = fmt.Errorf("send %s of %s to %s: %w", s.ID, s.Place, s.Function, err)
			}
		}
		if err != nil {
			s.Does, s.Sent = "stays: Kafka did not take it", false
		}
	}
	return err
}
