package deadletters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/twmb/franz-go/pkg/kgo"
)

type discard struct {
	source
	operator
	DryRun bool `help:"Only say what would be discarded."`
}

// Run discards, or only says what it would.
func (d discard) Run(ctx context.Context) error {
	if !d.chosen() {
		return errors.New("choose the letters, with --id, --place, --type or --since; mart dead-letters shows them")
	}
	access, err := d.Access(ctx, os.Stderr)
	if err != nil {
		return err
	}
	letters, err := Read(ctx, access, d.filter())
	if err != nil {
		return err
	}
	if len(letters) == 0 {
		return errors.New("no letter is like that; mart dead-letters --discarded shows all that are there")
	}
	if d.DryRun {
		_, _ = fmt.Fprintf(os.Stdout, "%d would be discarded.\n", tell(os.Stdout, discarding(letters)))
		return nil
	}
	steps, err := Discard(ctx, access, letters, d.name())
	_, _ = fmt.Fprintf(os.Stdout, "%d discarded. --discarded shows them, and has a replay send them all the same.\n", tell(os.Stdout, steps))
	return err
}

// discarding tells what Discard would do about each letter as things stand.
func discarding(letters []Letter) []Step {
	steps := make([]Step, len(letters))
	for i, l := range letters {
		switch {
		case l.Discarded != nil:
			steps[i] = Step{l, "stays discarded, since " + l.Discarded.UTC().Format(time.DateTime), false}
		case l.Replayed != nil:
			steps[i] = Step{l, "stays: it was sent again at " + l.Replayed.UTC().Format(time.DateTime), false}
		default:
			steps[i] = Step{l, "is left out from now on", true}
		}
	}
	return steps
}

// Discard marks letters, so that a list and a replay leave them out unless they are asked for. Whatever is being sent again at this moment
// is sent. by is who does it, for whoever reads the marks. Error: Kafka did not take the marks.
func Discard(ctx context.Context, access bus.KafkaConfig, letters []Letter, by string) ([]Step, error) {
	steps := discarding(letters)
	if len(toSend(steps)) == 0 {
		return steps, nil
	}
	marks, err := kafka.Connect(ctx, access, kgo.ClientID(clientID), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return nil, err
	}
	defer marks.Close()
	if err := write(ctx, marks, toSend(steps), mark{kind: discarded, run: uuid.NewString(), by: by, at: time.Now()}); err != nil {
		return nil, err
	}
	return steps, nil
}
