// Package recent remembers the newest of something, so many and no more: what is asked for again soon is not found out again.
package recent

import "sync"

// Values are the newest values, each by its key. They are safe for use by several goroutines.
type Values[K comparable, V any] struct {
	mu    sync.Mutex
	known map[K]V
	order []K // of known, a ring
	next  int
}

// New remembers limit values at most: one more has the oldest forgotten.
func New[K comparable, V any](limit int) *Values[K, V] {
	return &Values[K, V]{known: map[K]V{}, order: make([]K, limit)}
}

// Get is what is remembered under key.
func (v *Values[K, V]) Get(key K) (value V, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	value, known = v.known[key]
	return value, known
}

// Put remembers value under key, in the place of what was there.
func (v *Values[K, V]) Put(key K, value V) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, there := v.known[key]; !there {
		delete(v.known, v.order[v.next])
		v.order[v.next] = key
		v.next = (v.next + 1) % len(v.order)
	}
	v.known[key] = value
}

// Forget forgets what is under key.
func (v *Values[K, V]) Forget(key K) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.known, key)
}

// Len is how many there are.
func (v *Values[K, V]) Len() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.known)
}
