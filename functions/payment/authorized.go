package payment

import "sync"

// authorizedLimit is how many payments are remembered.
const authorizedLimit = 4096

// authorized remembers of which payments db has told lately that they are authorised: the provider's webhook, which mostly comes a moment
// after, tells nothing new of them, and db need not be asked.
type authorized struct {
	mu    sync.Mutex
	known map[string]bool
	order []string // of known, a ring
	next  int
}

func newAuthorized(limit int) *authorized {
	return &authorized{known: map[string]bool{}, order: make([]string, limit)}
}

func (a *authorized) add(payment string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known[payment] {
		return
	}
	delete(a.known, a.order[a.next])
	a.order[a.next], a.known[payment] = payment, true
	a.next = (a.next + 1) % len(a.order)
}

func (a *authorized) has(payment string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known[payment]
}
