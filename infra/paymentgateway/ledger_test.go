package paymentgateway

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// copyOf is what a disk holds of a gateway that was killed: the file as it is, without any Close.
func copyOf(t *testing.T, b bench, change func([]byte) []byte) string {
	t.Helper()
	lines, err := os.ReadFile(filepath.Join(b.dir, ledgerFile))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ledgerFile), change(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func asIs(b []byte) []byte { return b }

func TestLedgerSurvivesAKill(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.pay("pm_card_visa", "k1").object
	b.must("/v1/payment_intents/"+in.ID+"/capture", "k2")
	first := b.must("/v1/refunds", "k3", "payment_intent", in.ID, "amount", "50")

	later := reopen(t, copyOf(t, b, asIs))
	if d := cmp.Diff(b.Ledger(), later.Ledger()); d != "" {
		t.Error(d)
	}
	if again := later.must("/v1/refunds", "k3", "payment_intent", in.ID, "amount", "50"); !again.replayed || again.body != first.body {
		t.Errorf("%s\nwas %s", again.body, first.body)
	}
	if rest := later.must("/v1/refunds", "k4", "payment_intent", in.ID); rest.object.Amount != 1200 {
		t.Errorf("the rest is %d", rest.object.Amount)
	}
}

func TestTornLastLineIsCut(t *testing.T) {
	t.Parallel()
	for name, tear := range map[string]func([]byte) []byte{
		"half a line":        func(b []byte) []byte { return b[:len(b)-100] },
		"no line end":        func(b []byte) []byte { return b[:len(b)-1] },
		"half, then the end": func(b []byte) []byte { return append(b[:len(b)-100], '\n') },
		"zeros":              func(b []byte) []byte { return append(b[:len(b)-100], make([]byte, 100)...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.pay("pm_card_visa", "k1")
			b.pay("pm_card_visa", "k2", "metadata[payment_id]", "p2")

			later := reopen(t, copyOf(t, b, tear))
			want := map[string]Sums{"p1": {Currency: "eur", Intents: 1, Authorized: 1250}}
			if d := cmp.Diff(want, later.Ledger().ByPayment); d != "" {
				t.Error(d)
			}
			later.pay("pm_card_visa", "k2", "metadata[payment_id]", "p2")
			last := reopen(t, copyOf(t, later, asIs))
			if d := cmp.Diff(later.Ledger(), last.Ledger()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDamageInTheMiddleIsNotPassedOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.pay("pm_card_visa", "k1")
	b.pay("pm_card_visa", "k2")
	dir := copyOf(t, b, func(lines []byte) []byte { return append([]byte("{\n"), lines...) })
	if _, err := Open(Config{DataDir: dir}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("got %v", err)
	}
}

func TestCallsAtTheSameMomentAreAllOnDisk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			id := fmt.Sprintf("p%d", i)
			if g, err := b.post("/v1/payment_intents", id, wish("pm_card_visa", "metadata[payment_id]", id)...); err != nil || g.status != 200 {
				t.Error(g, err)
			}
		})
	}
	all.Wait()
	if n := len(reopen(t, copyOf(t, b, asIs)).Ledger().ByPayment); n != 50 {
		t.Errorf("%d of 50 on disk", n)
	}
}

func TestKeysAreForgottenAfterADay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.pay("pm_card_visa", "k").object.ID
	dir := copyOf(t, b, asIs)
	for hours, same := range map[int]bool{23: true, 25: false} {
		later := reopen(t, copyOf(t, bench{dir: dir}, asIs), func(c *Config) {
			c.Clock = func() time.Time { return time.Now().Add(time.Duration(hours) * time.Hour) }
		})
		if got := later.pay("pm_card_visa", "k").object.ID; (got == first) != same {
			t.Errorf("after %d hours the same intent: %t", hours, got == first)
		}
	}
}

// fullDisk takes half of what is written and no more, as long as it is full.
type fullDisk struct {
	disk
	full atomic.Bool
}

func (d *fullDisk) Write(p []byte) (int, error) {
	if !d.full.Load() {
		return d.disk.Write(p)
	}
	n, err := d.disk.Write(p[:len(p)/2])
	return n, errors.Join(err, syscall.ENOSPC)
}

// While the disk is full nothing is taken and readiness says so. When there is space again, what was answered 500 is found by its key,
// everything is on disk once, and the webhooks go out; nobody has to restart anything.
func TestAFullDiskIsGotOver(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 0)
	b := setup(t, rc.hook)
	d := &fullDisk{disk: b.ledger.file}
	b.ledger.file = d
	b.pay("pm_card_visa", "k0", "metadata[payment_id]", "p0")
	d.full.Store(true)
	for _, key := range []string{"k1", "k1", "k2", "k3"} {
		if g := b.pay("pm_card_visa", key, "metadata[payment_id]", key); g.status != 500 {
			t.Errorf("%s: %d %s", key, g.status, g.body)
		}
	}
	for _, path := range []string{"/health", "/health/readiness"} {
		if g := b.get(path); g.status != 503 || !strings.Contains(g.body, "no space left on device") || !strings.Contains(g.body, b.dir) {
			t.Errorf("%s: %d %s", path, g.status, g.body)
		}
	}
	d.full.Store(false)
	if g := b.get("/health/readiness"); g.status != 200 {
		t.Errorf("ready again: %d %s", g.status, g.body)
	}
	rc.waitFor(t, "payment_intent.amount_capturable_updated", "payment_intent.amount_capturable_updated") // of k0; of k1, whose call nobody has repeated yet
	for _, key := range []string{"k1", "k2", "k3"} {
		if g := b.pay("pm_card_visa", key, "metadata[payment_id]", key); g.status != 200 || g.replayed != (key == "k1") {
			t.Errorf("%s: %d, replayed %t: %s", key, g.status, g.replayed, g.body)
		}
	}
	later := reopen(t, copyOf(t, b, asIs))
	if d := cmp.Diff(b.Ledger(), later.Ledger()); d != "" {
		t.Error(d)
	}
	for payment, sums := range later.Ledger().ByPayment {
		if sums.Intents != 1 || sums.Authorized != 1250 {
			t.Errorf("%s: %+v", payment, sums)
		}
	}
	if n := len(later.Ledger().ByPayment); n != 4 {
		t.Errorf("%d payments, want 4", n)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Config{
		"set DataDir": {},
		"set both":    {DataDir: t.TempDir(), WebhookURL: "http://127.0.0.1/"},
	} {
		if _, err := Open(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
