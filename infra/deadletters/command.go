package deadletters

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafka"
)

// Command is the command line, for kong.
type Command struct {
	List    list    `cmd:"" aliases:"ls" default:"withargs" help:"What could not be delivered, event by event: where, how often and why (the default)."`
	Show    show    `cmd:"" help:"All that is known of some letters."`
	Replay  replay  `cmd:"" help:"Send letters again, each once and only to the function that failed. Choose them, or say --all."`
	Discard discard `cmd:"" help:"Leave letters out from now on, that need not or cannot be sent again. They stay where they are."`
}

// source says where to read and which letters are meant.
type source struct {
	kafka.LocalFlags
	Since span     `placeholder:"DURATION" help:"Only those given up within this time, such as 24h. Default: all that are there."`
	Type  string   `placeholder:"TYPE" help:"Only events of this type, or whose type begins with it."`
	ID    []string `name:"id" placeholder:"ID" help:"Only events with these ids."`
	Place []string `placeholder:"PARTITION:OFFSET" help:"Only these letters."`

	Discarded bool `help:"Those that were discarded, too."`
}

// span is how long, on a command line.
type span time.Duration

// UnmarshalText reads it. Error: it says how one is written.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no time that has passed: write 24h, 90m or 30s", text)
	}
	*s = span(d)
	return nil
}

var place = regexp.MustCompile(`^[0-9]+:[0-9]+$`)

// Validate is called by kong. Error: a flag that could not match anything.
func (s source) Validate() error {
	for _, p := range s.Place {
		if !place.MatchString(p) {
			return fmt.Errorf("--place %s: want partition:offset, as the list shows it", p)
		}
	}
	return nil
}

func (s source) filter() Filter {
	return Filter{Since: time.Duration(s.Since), Type: s.Type, IDs: s.ID, Place: s.Place, Discarded: s.Discarded}
}

type list struct {
	source
	JSON bool `name:"json" help:"One JSON object a line."`
}

// Run prints.
func (l list) Run(ctx context.Context) error {
	access, err := l.Access(ctx, os.Stderr)
	if err != nil {
		return err
	}
	letters, err := Read(ctx, access, l.filter())
	if err != nil {
		return err
	}
	if l.JSON {
		encoder := json.NewEncoder(os.Stdout)
		for _, letter := range letters {
			if err := encoder.Encode(letter); err != nil {
				return fmt.Errorf("print: %w", err)
			}
		}
		return nil
	}
	listed(os.Stdout, letters, l.which())
	return nil
}

// which says in a word or two that only some letters are counted; "" when all are.
func (s source) which() string {
	switch {
	case s.Type != "" || len(s.ID)+len(s.Place) > 0:
		return " like that"
	case s.Since > 0:
		return " of the last " + time.Duration(s.Since).String()
	}
	return ""
}

// oneLine is the beginning of what somebody wrote into a letter, without what would make a terminal do something; all of it is in the JSON.
func oneLine(text string) string {
	const most = 200
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " …"
	}
	return text
}

// chosen tells whether some letters are meant, and not all.
func (s source) chosen() bool { return s.Type != "" || s.Since != 0 || len(s.ID)+len(s.Place) > 0 }

type replay struct {
	source
	operator
	All      bool            `help:"All that the other flags leave; needed when there are none."`
	DryRun   bool            `help:"Only say what would be sent, and to whom."`
	Hopeless bool            `help:"Those, too, that can never succeed as things are: what a function has refused for good, what nobody has sealed, what is too old. Whatever --id or --place names is sent anyway."`
	Function events.Function `placeholder:"NAME" help:"Who gets those letters that do not tell which function failed (an older release has left them)."`
}

// Run sends, or only says what it would send.
func (r replay) Run(ctx context.Context) error {
	if !r.All && !r.chosen() {
		return errors.New("choose the letters, with --id, --place, --type or --since, or say --all; mart dead-letters shows them")
	}
	if r.Function != "" && !bus.Reads(r.Function) {
		readers := slices.DeleteFunc(events.Functions(), func(f events.Function) bool { return !bus.Reads(f) })
		return fmt.Errorf("--function %s: nothing arrives for it; want one of %v", r.Function, readers)
	}
	access, err := r.Access(ctx, os.Stderr)
	if err != nil {
		return err
	}
	letters, err := Read(ctx, access, r.filter())
	if err != nil {
		return err
	}
	if len(letters) == 0 && r.All {
		_, _ = fmt.Fprintf(os.Stdout, "There are no dead letters%s: nothing is to be sent again.\n", r.which())
		return nil
	}
	if len(letters) == 0 {
		return errors.New("no letter is like that; mart dead-letters, with none of these flags, shows all that are there")
	}
	for i := range letters {
		letters[i].Function = cmp.Or(letters[i].Function, r.Function)
	}
	if !r.Hopeless && len(r.ID)+len(r.Place) == 0 {
		var left []Step
		letters, left = leaveHopeless(letters)
		tell(os.Stdout, left)
	}
	if r.DryRun {
		_, _ = fmt.Fprintf(os.Stdout, "%d would be sent again.\n", tell(os.Stdout, Plan(letters)))
		return nil
	}
	steps, err := Replay(ctx, access, letters, r.name())
	_, _ = fmt.Fprintf(os.Stdout, "%d sent again. All letters stay in %s until it forgets them.\n", tell(os.Stdout, steps), events.DeadLetterTopic)
	return err
}

// tell prints steps and counts what is sent.
func tell(w io.Writer, steps []Step) (sent int) {
	for _, s := range steps {
		_, _ = fmt.Fprintf(w, "%-8s %s %s: %s\n", s.Place, oneLine(s.Type), oneLine(s.ID), oneLine(s.Does))
		if s.Sent {
			sent++
		}
	}
	return sent
}
