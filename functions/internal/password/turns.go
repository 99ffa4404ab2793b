package password

import (
	"slices"
	"sync"
)

// turns lets so many work at once. Of those who wait, each place that they come from has its turn after the others, so whoever sends a hundred at once keeps their own
// waiting, and of everybody else each for one of theirs.
type turns struct {
	mu      sync.Mutex
	free    int
	waiting map[string][]chan struct{} // by place, first come, first served
	next    []string                   // the places that have somebody waiting, in the order of their turns
}

func newTurns(atOnce int) *turns { return &turns{free: atOnce, waiting: map[string][]chan struct{}{}} }

// wait is closed when whoever comes from a place may work. They end it by leave, or by giveUp before it was closed.
func (t *turns) wait(from string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	turn := make(chan struct{})
	if t.free > 0 {
		t.free--
		close(turn)
		return turn
	}
	if len(t.waiting[from]) == 0 {
		t.next = append(t.next, from)
	}
	t.waiting[from] = append(t.waiting[from], turn)
	return turn
}

// leave hands the turn on.
func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.next) == 0 {
		t.free++
		return
	}
	from := t.next[0]
	turn := t.waiting[from][0]
	t.next = append(t.next[1:], from)
	t.remove(from, turn)
	close(turn)
}

// giveUp is for whoever does not wait any longer, also if their turn has come at this very moment.
func (t *turns) giveUp(from string, turn chan struct{}) {
	t.mu.Lock()
	waits := slices.Contains(t.waiting[from], turn)
	t.remove(from, turn)
	t.mu.Unlock()
	if !waits {
		t.leave()
	}
}

// remove takes out one who waits, and their place with the last of them: whoever comes and goes has no more turns for it.
func (t *turns) remove(from string, turn chan struct{}) {
	t.waiting[from] = slices.DeleteFunc(t.waiting[from], func(one chan struct{}) bool { return one == turn })
	if len(t.waiting[from]) == 0 {
		delete(t.waiting, from)
		t.next = slices.DeleteFunc(t.next, func(place string) bool { return place == from })
	}
}
