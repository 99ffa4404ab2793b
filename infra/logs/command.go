package logs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/onlinemart/mart/infra/journal"
)

// Command is the command line, for kong.
type Command struct {
	ID     string `arg:"" optional:"" help:"An order's number or id, the id of a payment, an operation or of anything else, a correlation, or the traceId of an answer. Default: all lines."`
	Data   string `default:".mart" type:"path" help:"Data folder of the mart up whose lines are meant (${default})." env:"MART_DATA"`
	JSON   bool   `name:"json" help:"As they were logged, one JSON object a line."`
	Follow bool   `short:"f" help:"Go on with what is logged from now on, until Ctrl-C."`

	journal.Reader `embed:"" group:"To be told which order has a number, which no line names:"`
}

// Run prints.
func (c Command) Run(ctx context.Context) error {
	return c.print(ctx, os.Stdout)
}

// search is for what is named: by an order's number, which no line has, for the id that the mart tells. Error: it is nothing that is found.
func (c Command) search(ctx context.Context) (*Search, error) {
	s, err := For(c.ID)
	if !errors.Is(err, errShort) {
		return s, err
	}
	mart, err := c.Enter(ctx, c.Data)
	if err != nil {
		return nil, fmt.Errorf("no line names %s: the mart is asked which order has that number; %w. Or name it by its id", c.ID, err)
	}
	told, _, err := journal.ReadFlow(ctx, mart, c.ID)
	if err != nil {
		return nil, err
	}
	return For(told.ID)
}

func (c Command) print(ctx context.Context, to io.Writer) error {
	wanted := func(line) bool { return true }
	var search *Search
	if c.ID != "" {
		var err error
		if search, err = c.search(ctx); err != nil {
			return err
		}
		wanted = search.finds
	}
	r, err := read(filepath.Join(c.Data, Folder))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("nothing is logged in %s (--data): the mart up that runs there keeps its lines there", c.Data)
	}
	if err != nil {
		return err
	}
	defer r.close()
	w := bufio.NewWriter(to)
	if search != nil { // a request is before what it led to
		for _, l := range r.lines {
			search.names(l)
		}
	}
	found, err := c.write(w, r.take(), wanted)
	if err == nil && found == 0 && c.ID != "" && !c.Follow {
		return fmt.Errorf("no line names %s: what is older than the newest %d MB is not kept, and mart why asks the journal, which forgets nothing", c.ID, fileBytes*fileCount>>20)
	}
	for err == nil && c.Follow {
		if err = r.wait(ctx); err == nil {
			_, err = c.write(w, r.take(), wanted)
		}
	}
	if errors.Is(err, errStopped) {
		return nil
	}
	return err
}

func (c Command) write(w *bufio.Writer, lines []line, wanted func(line) bool) (found int, err error) {
	for _, l := range lines {
		if !wanted(l) {
			continue
		}
		found++
		if c.JSON {
			_, err = fmt.Fprintf(w, "%s\n", l.raw)
		} else {
			err = shown(w, l.raw)
		}
		if err != nil {
			return found, err
		}
	}
	return found, w.Flush()
}

// reader reads lines, oldest first, and then those that are added.
type reader struct {
	folder string
	file   *os.File // the newest, as it was when it was opened
	lines  []line
	rest   []byte // what is no whole line yet
}

// read reads what is there. Error: fs.ErrNotExist when nothing is.
func read(folder string) (*reader, error) {
	r := &reader{folder: folder}
	for age := fileCount - 1; age >= 0; age-- {
		file, err := os.Open(name(folder, age))
		if errors.Is(err, fs.ErrNotExist) && age > 0 {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := r.follow(file); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// follow reads a file to its present end, after the one before has been read to its own.
func (r *reader) follow(file *os.File) error {
	r.close()
	r.file, r.rest = file, nil
	return r.more()
}

// more reads what was added to the file.
func (r *reader) more() error {
	added, err := io.ReadAll(r.file)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	r.rest = append(r.rest, added...)
	for {
		one, rest, whole := bytes.Cut(r.rest, []byte("\n"))
		if !whole {
			return nil
		}
		if r.rest = rest; len(one) > 0 {
			r.lines = append(r.lines, lineOf(one))
		}
	}
}

func (r *reader) take() []line {
	taken := r.lines
	r.lines = nil
	return taken
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
	}
}

// lookEvery is how often a file is looked at while nothing is added to it.
const lookEvery = 100 * time.Millisecond

var errStopped = errors.New("stopped")

// wait returns when there are lines that nobody has taken. Error: errStopped when ctx has ended; or the log cannot be read.
func (r *reader) wait(ctx context.Context) error {
	for len(r.lines) == 0 {
		select {
		case <-ctx.Done():
			return errStopped
		case <-time.After(lookEvery):
		}
		if err := r.look(); err != nil {
			return err
		}
	}
	return nil
}

// look reads what was added, also to a file that was begun meanwhile. The old one is read to its end first: nothing is added to it once there is a new one.
func (r *reader) look() error {
	for {
		newest, err := os.Open(name(r.folder, 0))
		if errors.Is(err, fs.ErrNotExist) { // it is just being begun
			return r.more()
		}
		if err != nil {
			return err
		}
		was, errWas := r.file.Stat()
		is, errIs := newest.Stat()
		if err := errors.Join(errWas, errIs, r.more()); err != nil || os.SameFile(was, is) {
			return errors.Join(err, newest.Close())
		}
		if err := r.follow(newest); err != nil {
			return err
		}
	}
}
