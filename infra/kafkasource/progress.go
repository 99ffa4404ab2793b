package kafkasource

import (
	"slices"
	"sync"
)

// progress follows the records of one claim (a partition while it is ours) and marks the offset to go on
// from: that of the first unfinished record. It holds only what is unfinished, so that a record that fails
// for half an hour costs no memory for the millions that pass it.
type progress struct {
	mu         sync.Mutex
	unfinished []int64 // ascending
	next       int64   // after the last record begun
	marked     int64
	mark       func(next int64)
	begun      bool
	ended      bool
	running    sync.WaitGroup
}

// begin adds the next record of the partition; each begin is followed by one finish.
func (p *progress) begin(offset int64) {
	p.running.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.begun {
		p.begun, p.marked = true, offset
	}
	p.unfinished = append(p.unfinished, offset)
	p.next = offset + 1
}

// finish ends a record; one that is not done stays unfinished and holds the mark back for good.
func (p *progress) finish(offset int64, done bool) {
	defer p.running.Done()
	if !done {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i, found := slices.BinarySearch(p.unfinished, offset); found {
		p.unfinished = slices.Delete(p.unfinished, i, i+1)
	}
	position := p.next
	if len(p.unfinished) > 0 {
		position = p.unfinished[0]
	}
	if position > p.marked && !p.ended {
		p.marked = position
		p.mark(position)
	}
}

// end stops marking: the partition is no longer ours.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}
