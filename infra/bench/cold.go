package bench

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
)

// coldStarts is how often each function is started; the middle one counts.
const coldStarts = 7

// Cold is how fast the functions start.
type Cold struct {
	ProgramBytes int64   `json:"programBytes"` // of the program that is started: what the image holds
	Starts       []Start `json:"starts"`
	Broker       string  `json:"broker"`
	Processors   int     `json:"processors"`
}

// Start is how long one function takes from the start of its process until it is ready, in milliseconds.
type Start struct {
	Function events.Function `json:"function"`
	P50Ms    float64         `json:"p50Ms"`
	MaxMs    float64         `json:"maxMs"`
}

// ColdStarts starts every function some times as a process of its own, beside a mart that is there already. Program is what the image
// holds; "" builds it as the image does, for which Go and the sources must be at hand.
func ColdStarts(ctx context.Context, o Options, program string) (Cold, error) {
	r := newRun(o)
	program, clean, err := r.program(ctx, program)
	if err != nil {
		return Cold{}, err
	}
	defer clean()
	info, err := os.Stat(program)
	if err != nil {
		return Cold{}, fmt.Errorf("measure cold starts: %w", err)
	}
	cold := Cold{ProgramBytes: info.Size(), Broker: r.result.Broker, Processors: r.result.Processors}
	seen := &witness{env: map[events.Function]map[string]string{}}
	err = r.inMart(ctx, seen.serve, func(ctx context.Context) error {
		for _, f := range events.Functions() {
			r.say("cold starts of " + string(f))
			s, err := start(ctx, program, f, seen.env[f])
			if err != nil {
				return err
			}
			cold.Starts = append(cold.Starts, s)
		}
		return nil
	})
	return cold, err
}

// build is the production program with the settings of infra/image/Dockerfile.
func build(ctx context.Context, folder string) (string, error) {
	program := filepath.Join(folder, "function")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", program, "github.com/onlinemart/mart/infra/function")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the function (run this in the mart's sources, or name a program with --program): %w\n%s", err, said)
	}
	return program, nil
}

// witness runs functions in this process and remembers their settings.
type witness struct {
	mu  sync.Mutex
	env map[events.Function]map[string]string
}

func (w *witness) serve(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) error {
	w.mu.Lock()
	w.env[f] = env
	w.mu.Unlock()
	return laptop.InProcess(ctx, f, listener, env)
}

func start(ctx context.Context, program string, f events.Function, env map[string]string) (Start, error) {
	var took []time.Duration
	for range coldStarts {
		began := time.Now()
		p, err := launch(ctx, []string{program}, f, env)
		if err == nil {
			err = p.awaitReady(ctx)
		}
		took = append(took, time.Since(began))
		if err = p.end(ctx, err); err != nil {
			return Start{}, fmt.Errorf("cold start of %s: %w", f, err)
		}
	}
	slices.Sort(took)
	return Start{Function: f, P50Ms: percentile(took, 0.5), MaxMs: percentile(took, 1)}, nil
}
