package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/process"
	"golang.org/x/sync/errgroup"
)

// releases is the production program twice: as the tree has it, and as a next release could be.
type releases struct{ now, next program }

// added is the files that the next release adds to the tree: a migration that only adds, a new event on a topic that others read,
// a new command that answers it.
const added = "testdata/next"

// edit is what another release has otherwise in one of the tree's files.
type edit struct{ file, old, new string }

// edits is what the next release changes in the tree's files.
var edits = []edit{
	{"events/order.go", "type Cart struct {\n", "type Cart struct {\n\tNote string `json:\"note,omitempty\" maxLength:\"200\"`\n"},
	{"events/order.go", "type OrderState struct {\n\tMeta\n", "type OrderState struct {\n\tMeta\n\tNote string `json:\"note,omitempty\"`\n"},
	{"events/order.go", "var orderMessages = []Declared{\n", "var orderMessages = []Declared{\n\tOrderNoted, AcknowledgeOrder, OrderAcknowledged,\n"},
	{"functions/order/place.go", "events.Cart{ShippingAddress:", `events.Cart{Note: note(), ShippingAddress:`},
	{
		"functions/db/order.go", "\t\tinbox.Decide(events.PlaceOrder, placeNeeds, domain.PlaceOrder, domain.Cart),\n",
		"\t\tinbox.Decide(events.PlaceOrder, placeNeeds, placeNoted, domain.Cart),\n\t\tinbox.Decide(events.AcknowledgeOrder, acknowledgeNeeds, acknowledgeOrder),\n",
	},
	{"functions/db/nouns.go", "\toperation, journalEntry,\n", "\toperation, journalEntry, next,\n"},
	{"functions/db/internal/pg/pool.go", `"mart-db",`, `"` + nextDB + `",`},
	{"functions/notification/react.go", "Then(m.claims.deliverOnClaimed)}\n", "Then(m.claims.deliverOnClaimed), events.OrderNoted.Then(acknowledgeOnNoted)}\n"},
}

// rollOut is what is applied first of the next release: its topics and its sources. They stay when the functions go back.
func rollOut(c *laptop.Config) {
	const noted = "mart.order.noted"
	c.Topics = []string{noted, "mart.order.acknowledged"}
	c.Reads = func(f events.Function) []string {
		topics := events.TopicsFor(f)
		if f == events.Notification {
			topics = append(topics, noted)
		}
		return topics
	}
}

// nextDB is how the next release's db is known to Postgres; the other one is mart-db.
const nextDB = "mart-db-next"

// buildReleases builds both with what the build cache has.
func buildReleases(ctx context.Context, t *testing.T) releases {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	overlay, err := writeOverlay(root, folder, edits, added)
	if err != nil {
		t.Fatal(err)
	}
	r := releases{now: program{path: folder + "/now"}, next: program{path: folder + "/next"}}
	dies := []string{"-tags", "faults"} // where a test says
	build(ctx, t, root, map[string][]string{r.now.path: dies, r.next.path: append(dies, "-overlay", overlay)})
	return r
}

// build builds the program of a function at each path, with the flags for it.
func build(ctx context.Context, t *testing.T, root string, programs map[string][]string) {
	t.Helper()
	var builds errgroup.Group
	for path, flags := range programs {
		builds.Go(func() error {
			args := append([]string{"build", "-buildvcs=false", "-ldflags=-s -w", "-o", path}, flags...)
			cmd := exec.CommandContext(ctx, "go", append(args, "./infra/function")...)
			cmd.Dir = root
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("build %s: %w: %s", filepath.Base(path), err, out)
			}
			return nil
		})
	}
	if err := builds.Wait(); err != nil {
		t.Fatal(err)
	}
}

// writeOverlay writes what go build -overlay reads: which files stand for which of the tree, edited or added from a folder; "" adds none.
func writeOverlay(root, folder string, edits []edit, added string) (string, error) {
	replace := map[string]string{}
	for _, e := range edits {
		at := filepath.Join(root, filepath.FromSlash(e.file))
		from, known := replace[at]
		if !known {
			from = at
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if bytes.Count(text, []byte(e.old)) != 1 {
			return "", fmt.Errorf("%s no longer has %q once: mend edits, which make the next release of it", e.file, e.old)
		}
		replace[at] = filepath.Join(folder, strings.ReplaceAll(e.file, "/", "_"))
		if err := os.WriteFile(replace[at], bytes.Replace(text, []byte(e.old), []byte(e.new), 1), 0o600); err != nil {
			return "", err
		}
	}
	if added != "" {
		here, err := filepath.Abs(added)
		if err != nil {
			return "", err
		}
		if err := fs.WalkDir(os.DirFS(here), ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				replace[filepath.Join(root, path)] = filepath.Join(here, path)
			}
			return err
		}); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(folder, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// become makes p what f is started as, from its next start.
func (c *children) become(f events.Function, p program) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.as[f], c.paused[f] = p, false
}

// hold keeps f from being started again until it is told what to become.
func (c *children) hold(f events.Function) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused[f] = true
}

// replace has f end its work and come back as p. Error: it did not end of itself.
func (c *children) replace(ctx context.Context, f events.Function, p program) error {
	c.become(f, p)
	c.mu.Lock()
	running := c.running[f]
	c.mu.Unlock()
	if err := c.signal(ctx, f, syscall.SIGTERM); err != nil {
		return err
	}
	if err := running.Err(); err != nil {
		return fmt.Errorf("%s was told to stop: %w", f, err)
	}
	return nil
}

// beside runs one more process of f, as p, on the same port, while meanwhile runs. Error: meanwhile's, or it did not end of itself.
func (c *children) beside(ctx context.Context, f events.Function, p program, meanwhile func() error) error {
	c.mu.Lock()
	at := c.sites[f]
	c.mu.Unlock()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd, free, err := c.command(ctx, f, p, at)
	if err != nil {
		return err
	}
	defer free()
	more, err := process.Start(cmd, syscall.SIGKILL)
	if err != nil {
		return err
	}
	err = meanwhile()
	stop()
	if ended := more.Err(); ended != nil {
		err = errors.Join(err, fmt.Errorf("one more %s: %w", f, ended))
	}
	return err
}

// endsOf is how often f has ended.
func (c *children) endsOf(f events.Function) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ends[f]
}
