package db

import "sync"

// news wakes those who wait for something to change, as soon as this replica has changed it.
type news struct {
	mu      sync.Mutex
	waiting map[string]*awaited // by subject
}

type awaited struct {
	changed chan struct{}
	readers int
}

func newNews() *news { return &news{waiting: map[string]*awaited{}} }

// of gives a channel that is closed at the subject's next change; taken before a read, it misses none. forget must be called.
func (n *news) of(subject string) (changed <-chan struct{}, forget func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	a, ok := n.waiting[subject]
	if !ok {
		a = &awaited{changed: make(chan struct{})}
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

// tell says that the subject has changed.
func (n *news) tell(subject string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if a, ok := n.waiting[subject]; ok {
		close(a.changed)
		delete(n.waiting, subject)
	}
}
