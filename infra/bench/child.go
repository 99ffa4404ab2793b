package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/onlinemart/mart/infra/process"
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
	process   *process.Process
}

// greeted is what `mart up` says when it is open: a name, two spaces or more, a value.
var greeted = regexp.MustCompile(`^\s+(API|Mail inbox|Kafka)\s{2,}(\S+)`)

// openWithin bounds a start. A first start may have to download a Postgres.
const openWithin = 3 * time.Minute

// start returns when the mart is open. Error: it ended instead, with what it said.
func (c *child) start(ctx context.Context) (err error) {
	c.password = rand.Text()
	args := []string{
		"up", "--empty", "--data", c.folder, "--listen", "127.0.0.1:0", "--mail", "127.0.0.1:0", "--payments", "127.0.0.1:0",
		"--owner-email", childOwner, "--postgres", c.postgres,
	}
	if len(c.kafka) > 0 {
		args = append(args, "--kafka", strings.Join(c.kafka, ","))
	}
	cmd := exec.Command(c.program, args...) // it is ended by a signal, not by the context: what it has in hand is finished first
	cmd.Env = append(others(os.Environ()), "MART_OWNER_PASSWORD="+c.password)
	var greeting sync.Mutex
	cmd.Stdout = &process.Lines{Hear: func(line string) {
		greeting.Lock()
		defer greeting.Unlock()
		c.hear(line)
	}}
	if c.process, err = process.Start(cmd, syscall.SIGKILL); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	err = c.process.Await(waiting, 5*time.Millisecond, func(context.Context) error {
		greeting.Lock()
		defer greeting.Unlock()
		if c.url == "" || c.mail == "" || c.brokers == nil {
			return errors.New("it does not open")
		}
		return nil
	})
	if err != nil {
		return errors.Join(fmt.Errorf("%s up: %w", c.program, err), c.end())
	}
	return nil
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

// hear takes what a line of the greeting tells.
func (c *child) hear(line string) {
	found := greeted.FindStringSubmatch(line)
	if found == nil {
		return
	}
	switch found[1] {
	case "API":
		c.url = found[2]
	case "Mail inbox":
		c.mail = found[2]
	case "Kafka":
		c.brokers = strings.Split(found[2], ",")
	}
}

// end tells it to stop and waits for it.
func (c *child) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	return c.process.Stop(ctx)
}
