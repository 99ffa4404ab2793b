package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// childOwner is the owner of every mart that is a process of its own.
const childOwner = "owner@example.com"

// child is `mart up` as a process of its own: of this program or of one that was built from another commit.
type child struct {
	program, folder, postgres string
	kafka                     []string

	password  string
	url, mail string
	brokers   []string
	cmd       *exec.Cmd
	said      *lastWords
	ended     chan error // of the process, once
}

// greeted is what `mart up` says when it is open: a name, two spaces or more, a value.
var greeted = regexp.MustCompile(`^\s+(API|Mail inbox|Kafka)\s{2,}(\S+)`)

// openWithin bounds a start. A first start may have to download a Postgres.
const openWithin = 3 * time.Minute

// start returns when the mart is open. Error: it ended instead, with what it said.
func (c *child) start(ctx context.Context) error {
	c.password, c.said, c.ended = rand.Text(), &lastWords{}, make(chan error, 1)
	args := []string{
		"up", "--empty", "--data", c.folder, "--listen", "127.0.0.1:0", "--mail", "127.0.0.1:0", "--payments", "127.0.0.1:0",
		"--owner-email", childOwner, "--postgres", c.postgres,
	}
	if len(c.kafka) > 0 {
		args = append(args, "--kafka", strings.Join(c.kafka, ","))
	}
	c.cmd = exec.Command(c.program, args...) // it is ended by a signal, not by the context: what it has in hand is finished first
	c.cmd.Env = append(others(os.Environ()), "MART_OWNER_PASSWORD="+c.password)
	c.cmd.Stderr = c.said
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start %s: %w", c.program, err)
	}
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", c.program, err)
	}
	open := make(chan struct{})
	go func() {
		c.listen(out, open)
		c.ended <- c.cmd.Wait()
	}()
	waiting, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	select {
	case <-open:
		return nil
	case err := <-c.ended:
		return fmt.Errorf("%s up ended: %w: %s", c.program, err, c.said)
	case <-waiting.Done():
		return errors.Join(fmt.Errorf("%s up does not open: %w", c.program, waiting.Err()), c.end())
	}
}

// others is the environment without what would set another mart's flags.
func others(environment []string) (kept []string) {
	for _, setting := range environment {
		if !strings.HasPrefix(setting, "MART_") && !strings.HasPrefix(setting, "OTEL_") {
			kept = append(kept, setting)
		}
	}
	return kept
}

// listen reads the greeting, closes open when it has all, and reads on so that the program is never held up.
func (c *child) listen(out io.Reader, open chan struct{}) {
	lines := bufio.NewScanner(out)
	for waiting := true; lines.Scan(); {
		if found := greeted.FindStringSubmatch(lines.Text()); waiting && found != nil {
			switch found[1] {
			case "API":
				c.url = found[2]
			case "Mail inbox":
				c.mail = found[2]
			case "Kafka":
				c.brokers = strings.Split(found[2], ",")
			}
			if waiting = c.url == "" || c.mail == "" || c.brokers == nil; !waiting {
				close(open)
			}
		}
	}
}

// end tells it to stop and waits for it.
func (c *child) end() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", c.program, err)
	}
	select {
	case err := <-c.ended:
		if err != nil {
			return fmt.Errorf("stop %s: %w: %s", c.program, err, c.said)
		}
		return nil
	case <-time.After(stopWithin):
		return errors.Join(fmt.Errorf("%s did not stop within %s: %s", c.program, stopWithin, c.said), c.cmd.Process.Kill())
	}
}

// lastWords keeps the end of what a program says.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

const keptWords = 8 << 10

func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p...)
	if extra := len(w.text) - keptWords; extra > 0 {
		w.text = append([]byte(nil), w.text[extra:]...)
	}
	return len(p), nil
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(bytes.TrimSpace(w.text))
}
