package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/onlinemart/mart/infra/process"
)

// Pair is two programs measured in turn: the one that this is, and one that was built from another commit.
type Pair struct {
	Old     Side               `json:"old"`
	New     Side               `json:"new"`
	Ratios  map[string]float64 `json:"ratios"` // new to old, of the medians; only of what both tell
	Rounds  int                `json:"rounds"`
	Order   []string           `json:"order"` // who was measured when
	Quiet   Quiet              `json:"quiet"`
	Broker  string             `json:"broker"`
	On      string             `json:"database"`
	Buyers  int                `json:"buyers"`
	Cores   int                `json:"processors"`
	OldSays string             `json:"oldSays,omitzero"` // why the older program does not count what only it could
}

// Side is one of the two.
type Side struct {
	Program string             `json:"program"`
	Median  map[string]float64 `json:"median"` // by the names of Figures; what is not told is not there
	Rounds  []Result           `json:"rounds"`
	Counts  Counts             `json:"counts"`
}

// Paired measures both programs in turn, each on a Postgres, folders and ports of its own, and in each round in the other order: old, new; new,
// old. What only a program itself can count it is asked for; an older one may not know how.
func Paired(ctx context.Context, o Options, old string, rounds int) (Pair, error) {
	own, err := os.Executable()
	if err != nil {
		return Pair{}, fmt.Errorf("find this program: %w", err)
	}
	p := &pairing{Options: o, pair: Pair{Old: Side{Program: old}, New: Side{Program: own}, Rounds: rounds, Buyers: o.Buyers, Ratios: map[string]float64{}}}
	if o.Postgres != "" {
		return p.pair, errors.New("paired: each program gets a Postgres of its own; leave out --postgres")
	}
	watched := observe()
	for round := range rounds {
		for _, side := range p.inTurn(round) {
			if err := p.measure(ctx, side, round); err != nil {
				return p.pair, err
			}
		}
	}
	p.pair.Quiet = observe().since(watched)
	for _, side := range []*Side{&p.pair.Old, &p.pair.New} {
		if err := p.count(ctx, side); err != nil {
			return p.pair, err
		}
		side.median()
	}
	p.pair.compare()
	return p.pair, nil
}

type pairing struct {
	Options
	pair Pair
}

// inTurn changes who comes first, so that a machine that gets slower does so for both.
func (p *pairing) inTurn(round int) []*Side {
	if round%2 == 0 {
		return []*Side{&p.pair.Old, &p.pair.New}
	}
	return []*Side{&p.pair.New, &p.pair.Old}
}

func (p *pairing) name(side *Side) string {
	if side == &p.pair.Old {
		return "old"
	}
	return "new"
}

func (p *pairing) measure(ctx context.Context, side *Side, round int) error {
	r := newRun(p.Options)
	r.foreign = true
	name := p.name(side)
	r.say(fmt.Sprintf("round %d of %d: %s (%s)", round+1, p.pair.Rounds, name, side.Program))
	if err := r.inProgram(ctx, side.Program, nil, r.throughput); err != nil {
		return fmt.Errorf("round %d, %s: %w", round+1, name, err)
	}
	r.say("  " + r.result.Quiet.String())
	side.Rounds = append(side.Rounds, r.result)
	p.pair.Order = append(p.pair.Order, name)
	p.pair.Broker, p.pair.On, p.pair.Cores = r.result.Broker, r.result.Database, r.result.Processors
	return nil
}

// count what one purchase takes: what can be seen from outside of both alike, and the rest from a program's own `bench counts`.
func (p *pairing) count(ctx context.Context, side *Side) (err error) {
	r := newRun(p.Options)
	r.say(fmt.Sprintf("what one purchase takes: %s", p.name(side)))
	if side.Counts, err = r.countOutside(ctx, side.Program); err != nil {
		return fmt.Errorf("count, %s: %w", p.name(side), err)
	}
	own, err := countsOf(ctx, side.Program)
	if err != nil && side == &p.pair.Old {
		p.pair.OldSays = err.Error()
		return nil
	}
	side.Counts.Requests, side.Counts.Questions = own.Requests, own.Questions
	return err
}

// countsOf asks a program. Error: it does not know how.
func countsOf(ctx context.Context, program string) (Counts, error) {
	cmd := exec.CommandContext(ctx, program, "bench", "counts", "--json")
	cmd.Env = others(os.Environ())
	var out bytes.Buffer
	cmd.Stdout = &out
	p, err := process.Start(cmd, syscall.SIGKILL)
	if err == nil {
		err = p.Err()
	}
	if err != nil {
		return Counts{}, fmt.Errorf("%s bench counts: %w", program, err)
	}
	var counts Counts
	if err := json.NewDecoder(&out).Decode(&counts); err != nil {
		return Counts{}, fmt.Errorf("read what %s bench counts says: %w", program, err)
	}
	return counts, nil
}

// median of each figure over the rounds. A figure that a round does not have is not there.
func (s *Side) median() {
	s.Median = map[string]float64{}
	for _, f := range Figures {
		var all []float64
		for _, r := range s.Rounds {
			r.Counts = s.Counts
			if value := f.Of(r); value != 0 {
				all = append(all, value)
			}
		}
		if len(all) > 0 && len(all) == len(s.Rounds) {
			s.Median[f.Name] = median(all)
		}
	}
}

// Failures is how many requests did not succeed in all rounds.
func (s Side) Failures() (sum int64) {
	for _, r := range s.Rounds {
		sum += r.Failures
	}
	return sum
}

func (p *Pair) compare() {
	for _, f := range Figures {
		old, known := p.Old.Median[f.Name]
		now, too := p.New.Median[f.Name]
		if known && too && old != 0 {
			p.Ratios[f.Name] = now / old
		}
	}
}
