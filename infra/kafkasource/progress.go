package kafkasource

import "sync"

// progress follows the records of one claim (a partition while it is ours) and marks the offset up to
// which all are done: never beyond the first unfinished one. Offsets may have gaps.
type progress struct {
	mu      sync.Mutex
	pending []*record // in offset order, from the first unfinished one
	mark    func(next int64)
	ended   bool
	running sync.WaitGroup
}

type record struct {
	offset int64
	done   bool
}

// begin adds the next record of the partition; each begin is followed by one finish.
func (p *progress) begin(offset int64) *record {
	p.running.Add(1)
	r := &record{offset: offset}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = append(p.pending, r)
	return r
}

// finish ends a record; one that is not done stays unfinished and holds the mark back for good.
func (p *progress) finish(r *record, done bool) {
	defer p.running.Done()
	if !done {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r.done = true
	next := int64(-1)
	for len(p.pending) > 0 && p.pending[0].done {
		next = p.pending[0].offset + 1
		p.pending = p.pending[1:]
	}
	if next >= 0 && !p.ended {
		p.mark(next)
	}
}

// end stops marking: the partition is no longer ours.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}
