package bench

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A figure has one name, in tables of a pair and in JSON.
func TestFiguresHaveTheirNamesInJSON(t *testing.T) {
	t.Parallel()
	for _, f := range Figures {
		var r Result
		text := fmt.Sprintf(`{%[1]q: 5, "counts": {%[1]q: 5}}`, f.Name)
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		if got := f.Of(r); got != 5 {
			t.Errorf("%s is not the figure that JSON calls so: %v", f.Name, got)
		}
	}
}

func TestAPairComparesMediansOfWhatBothTell(t *testing.T) {
	t.Parallel()
	p := Pair{
		Ratios: map[string]float64{},
		Old:    Side{Rounds: []Result{{PurchasesPerSecond: 60}, {PurchasesPerSecond: 40}, {PurchasesPerSecond: 50}}, Counts: Counts{Records: 16}},
		New: Side{
			Rounds: []Result{{PurchasesPerSecond: 100, WALBytes: 9}, {PurchasesPerSecond: 300}, {PurchasesPerSecond: 200, WALBytes: 9}},
			Counts: Counts{Records: 8, Questions: 2},
		},
	}
	p.Old.median()
	p.New.median()
	p.compare()
	if diff := cmp.Diff(map[string]float64{"purchasesPerSecond": 50, "records": 16}, p.Old.Median); diff != "" {
		t.Errorf("old (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"purchasesPerSecond": 200, "records": 8, "questions": 2}, p.New.Median); diff != "" {
		t.Errorf("new; what one round does not tell is not there (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"purchasesPerSecond": 4, "records": 0.5}, p.Ratios); diff != "" {
		t.Errorf("ratios (-want +got):\n%s", diff)
	}
}

func TestProgramsOfAPairTakeTurns(t *testing.T) {
	t.Parallel()
	var p pairing
	var order []string
	for round := range 3 {
		for _, side := range p.inTurn(round) {
			order = append(order, p.name(side))
		}
	}
	if diff := cmp.Diff([]string{"old", "new", "new", "old", "old", "new"}, order); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestQuietIsWhatOthersLeave(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	before := watch{at: begin, load: 0.5, busy: 100 * time.Second, ours: time.Second, known: true}
	after := func(busy, ours time.Duration) Quiet {
		return watch{at: begin.Add(10 * time.Second), busy: before.busy + busy, ours: before.ours + ours, known: true}.since(before)
	}
	if q := after(9*time.Second, 9*time.Second); q.Disturbed() || q.OthersShare != 0 {
		t.Errorf("all that was done was ours: %s", q)
	}
	if q := after(1000*time.Second, time.Second); !q.Disturbed() {
		t.Errorf("others did nearly all: %s", q)
	}
	if q := (watch{}).since(before); q.Known || q.Disturbed() {
		t.Errorf("where nothing is known nothing is said: %s", q)
	}
}

func TestWaitingIsWhatAGroupOfTheTopicHasNotReceived(t *testing.T) {
	t.Parallel()
	a, b, other := part{"mart.a", 0}, part{"mart.a", 1}, part{"mart.b", 0}
	before := passage{ends: map[part]int64{a: 10, b: 0, other: 5}}
	now := passage{
		ends: map[part]int64{a: 12, b: 1, other: 9},
		groups: map[string]map[part]int64{
			"mart.order": {a: 11},          // one of a is left, and the first of b, where it has received nothing yet
			"mart.db":    {a: 12, b: 1},    // is done; b's topic is a's
			"mart.idle":  {other: 5, a: 7}, // five of a, one of b, four of the other
		},
	}
	if got, want := now.waiting(before), int64(2+0+10); got != want {
		t.Errorf("%d records wait, want %d", got, want)
	}
	if got, want := now.delivered(groupOfDB), int64(13); got != want {
		t.Errorf("db is done with %d, want %d", got, want)
	}
}
