package deadletters

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/onlinemart/mart/infra/kafka"
)

type show struct {
	kafka.LocalFlags
	Letters []string `arg:"" name:"place" help:"Which, as the list shows it: PARTITION:OFFSET."`
}

// Validate is called by kong. Error: what was named is no place.
func (s show) Validate() error {
	for _, p := range s.Letters {
		if !place.MatchString(p) {
			return fmt.Errorf("%s: want partition:offset, as the list shows it", p)
		}
	}
	return nil
}

// Run prints.
func (s show) Run(ctx context.Context) error {
	access, err := s.Access(ctx, os.Stderr)
	if err != nil {
		return err
	}
	letters, err := Read(ctx, access, Filter{Place: s.Letters, Discarded: true})
	if err != nil {
		return err
	}
	for _, l := range letters {
		detail(os.Stdout, l)
	}
	for _, place := range s.Letters {
		if !slices.ContainsFunc(letters, func(l Letter) bool { return l.Place == place }) {
			return fmt.Errorf("there is no letter at %s; mart dead-letters shows those that are there", place)
		}
	}
	return nil
}

// detail is all that is known of a letter, what would be done about it, and what tells more.
func detail(w io.Writer, l Letter) {
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format(time.DateTime)
	}
	tells := ""
	if l.Correlation != "" {
		tells = "mart why " + l.Correlation
	}
	_, _ = fmt.Fprintf(w, "%s\n", l.Place)
	for _, line := range [][2]string{
		{"event", l.Type + " " + l.ID},
		{"about", l.Subject},
		{"given up at", at(&l.At)},
		{"function", string(l.Function)},
		{"address", l.Failed},
		{"last answer", l.Code},
		{"reason", l.Reason},
		{"came from", l.Topic},
		{"trace", l.Trace},
		{"hopeless", l.hopeless()},
		{"sent again", at(l.Replayed) + byWhom(l.ReplayedBy)},
		{"discarded", at(l.Discarded) + byWhom(l.DiscardedBy)},
		{"a replay", "it " + l.plan(time.Now()).Does},
		{"more", tells},
	} {
		if line[1] != "" {
			_, _ = fmt.Fprintf(w, "  %-12s %s\n", line[0], oneLine(line[1]))
		}
	}
}
