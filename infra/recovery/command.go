package recovery

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/infra/kafka"
)

// Command is the command line, for kong.
type Command struct {
	kafka.Flags
	DB     string `placeholder:"URL" required:"" help:"The db function, on the restored database, with no other function running." env:"DB_URL"`
	Since  moment `placeholder:"2026-11-27T03:00:00Z" required:"" help:"Some minutes before the backup was begun. What was decided by then is not decided twice."`
	DryRun bool   `help:"Only say what there is."`
}

// moment is a point in time, on a command line.
type moment struct{ time.Time }

// UnmarshalText reads it. Error: it says how one is written.
func (m *moment) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("%q is no moment: write 2026-11-27T03:00:00Z (RFC 3339)", text)
	}
	m.Time = at
	return nil
}

// Run gives db the commands again, and says how far it is.
func (c Command) Run(ctx context.Context) error {
	access, err := c.Access(ctx)
	if err != nil {
		return err
	}
	commands, err := Read(ctx, access, c.Since.Time)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(os.Stdout, "%d commands since %s.\n", len(commands), c.Since.Format(time.RFC3339))
	if c.DryRun {
		return nil
	}
	n := 0
	err = Decide(ctx, c.DB, commands, func(r *kgo.Record) {
		if n++; n%1000 == 0 {
			_, _ = fmt.Fprintf(os.Stdout, "%d, until %s\n", n, r.Timestamp.UTC().Format(time.RFC3339))
		}
	})
	_, _ = fmt.Fprintf(os.Stdout, "%d are decided.\n", n)
	return err
}
