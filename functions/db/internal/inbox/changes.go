package inbox

import "sync"

// changes wakes those who wait for something to change, as soon as this replica has changed it.
type changes struct {
	mu      sync.Mutex
	waiting map[string]*subscription // by subject
}

type subscription struct {
	changed chan struct{}
	readers int
}

func newChanges() *changes { return &changes{waiting: map[string]*subscription{}} }

// of gives a channel that is closed at the subject's next change; taken before a read, it misses none. forget must be called.
func (n *changes) of(subject string) (changed <-chan struct{}, forget func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	a, ok := n.waiting[subject]
	if !ok {
		a = &subscription{changed: make(chan struct{})}
		n.waiting[subject] = a
	}
	a.readers++
	return a.changed, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if a.readers--; a.readers == 0 && n.waiting[subject] == a {
			delete(n.waiting, subject)
		}
	}
}

// announce says that the subject has changed.
func (n *changes) announce(subject string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if a, ok := n.waiting[subject]; ok {
		close(a.changed)
		delete(n.waiting, subject)
	}
}
