package password

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whoever sends many at once has one worked on for each of everybody else's, who come in the order in which they came; whoever gives up is passed over, and leaves no turn
// behind.
func TestTurns_OfEachPlaceInTurn(t *testing.T) {
	t.Parallel()
	all := newTurns(1)
	<-all.wait("flood")
	type waiting struct {
		name, from string
		turn       chan struct{}
	}
	var queue []waiting
	for _, name := range []string{"flood 1", "flood 2", "flood 3", "ada 1", "flood 4", "bo 1", "ada 2", "cy 1"} {
		from := name[:len(name)-2]
		queue = append(queue, waiting{name, from, all.wait(from)})
	}
	for range 3 { // comes and goes, for more turns
		all.giveUp("cy", all.wait("cy"))
	}
	for _, w := range queue {
		if w.name == "flood 2" || w.name == "cy 1" {
			all.giveUp(w.from, w.turn)
		}
	}
	var got []string
	for range 6 {
		all.leave()
		i := slices.IndexFunc(queue, func(w waiting) bool {
			select {
			case <-w.turn:
				return !slices.Contains(got, w.name)
			default:
				return false
			}
		})
		if i < 0 {
			t.Fatalf("after %v nobody has a turn", got)
		}
		got = append(got, queue[i].name)
	}
	if diff := cmp.Diff([]string{"flood 1", "ada 1", "bo 1", "flood 3", "ada 2", "flood 4"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	late := all.wait("ada")
	all.leave()
	all.giveUp("ada", late) // at the moment at which it came
	if all.free != 1 || len(all.waiting) != 0 || len(all.next) != 0 {
		t.Errorf("%d turns are free, %v wait, next is %v", all.free, all.waiting, all.next)
	}
}
