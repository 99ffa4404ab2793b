package paymentgateway

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/onlinemart/mart/infra/process"
)

// childDir, when set, makes the test binary a gateway of its own, to be killed.
const childDir = "PAYMENTGATEWAY_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, serveUntilKilled(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func serveUntilKilled(dir string) error {
	g, err := Open(Config{DataDir: dir})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return http.Serve(l, g)
}

// TestWhatWasAnsweredSurvivesKill9 kills a gateway that is charging for eight buyers at once.
func TestWhatWasAnsweredSurvivesKill9(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	gateway, address, err := process.StartSaying(t.Context(), child, syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	b := bench{url: "http://" + address, t: t}
	var answered sync.Map
	var count atomic.Int64
	var buyers sync.WaitGroup
	for buyer := range 8 {
		buyers.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("p%d-%d", buyer, i)
				g, err := b.post("/v1/payment_intents", id, wish("pm_card_visa", "metadata[payment_id]", id)...)
				if err != nil {
					return // killed
				}
				answered.Store(id, g.object.ID)
				count.Add(1)
			}
		})
	}
	eventually(t, "charges", func() bool { return count.Load() > 100 })
	if err := gateway.Kill(); err != nil {
		t.Fatal(err)
	}
	buyers.Wait()

	later := reopen(t, dir)
	sums := later.Ledger().ByPayment
	answered.Range(func(payment, _ any) bool {
		if s := sums[payment.(string)]; s.Authorized != 1250 || s.Intents != 1 {
			t.Errorf("%s was answered, the ledger has %+v", payment, s)
		}
		return true
	})
	if again := later.pay("pm_card_visa", "p0-0", "metadata[payment_id]", "p0-0"); !again.replayed {
		t.Errorf("charged again: %s", again.body)
	}
}
