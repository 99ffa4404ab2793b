package db

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/journal"
)

const (
	queueCount  = 2                // for commands that are decided in memory
	laneCount   = 3                // for the others
	laneDepth   = 1024             // commands that may wait in a lane
	batchLimit  = 128              // commands in one transaction
	transaction = 7 * time.Second  // the longest one may take, all its tries included; a delivery waits 8 s
	publishing  = 10 * time.Second // the longest a batch's results may take to reach Kafka
)

var (
	errUnknownOutcome = errors.New("it is not known whether the transaction was committed")
	errClosing        = errors.New("db is shutting down")
)

// job is one command on its way through a transaction.
type job struct {
	events.Envelope
	noun        string
	needs       events.Permission
	key         string // the id it is stored under: the command's
	fingerprint string
	work        step
	account     Account
	verdict     *verdict // its outcome is this, whatever it would decide

	twins []*job     // the same command, delivered again meanwhile
	done  chan error // nil: the outcome is committed and published

	fresh       bool // this transaction is the first to see it
	results     []events.Envelope
	packed      journal.Packed // the results, as they are stored
	spot                       // of its entry
	completedAt time.Time
	outcome     journal.Outcome // "" but for what follows from the results
	refused     error           // for good: the id was used for another request
}

// finish tells whoever delivered the command, and whoever delivered it again, how it went.
func (j *job) finish(err error) {
	if j.refused != nil {
		err = j.refused
	}
	if errors.Is(err, errLeftOut) {
		err = nil
	}
	for _, one := range append(j.twins, j) {
		select {
		case one.done <- err:
		default: // it was told before
		}
	}
}

// lane runs commands one transaction after the other. Whatever waits when one begins shares it.
type lane struct {
	store *Store
	jobs  chan *job
	later []*job // waits for the next transaction
}

// way is how the lane of a command is found.
type way int

const (
	oneByOne  way = iota + 1 // a lane for all commands about a noun: they lock the tree, or all owners
	bySubject                // any lane, the same for the same thing: nothing else is locked
	byAsker                  // any lane, the same for the same asker: they lock whoever asks
)

// ways is the way of every noun whose commands are not decided in memory; db does not start without it.
var ways = map[string]way{
	"category": oneByOne, "user": oneByOne,
	"brand": bySubject, "product": bySubject, "customer": bySubject, "login": bySubject, "session": bySubject, "notification": bySubject,
	"address": byAsker,
}

// laneOf spreads commands: those that are decided in memory over all queues, since none of them can lock another out, and the others by
// what they lock.
func (s *Store) laneOf(j *job) *lane {
	about := j.Subject
	if j.work.decide != nil {
		return s.queues[hash(about)%uint32(len(s.queues))]
	}
	switch ways[j.noun] {
	case oneByOne:
		return s.lanes[0]
	case byAsker:
		about = j.By.ID
	case bySubject:
	}
	return s.lanes[hash(about)%laneCount]
}

func hash(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32()
}

func (l *lane) work() {
	for {
		batch, open := l.take()
		if len(batch) > 0 {
			l.store.settle(batch)
		}
		if !open && len(l.later) == 0 {
			return
		}
	}
}

// take waits for a command and then takes what else is there. It reports false once the lane is closed and empty.
func (l *lane) take() (batch []*job, open bool) {
	waiting := l.later
	l.later = nil
	open = true
	if len(waiting) == 0 {
		first, ok := <-l.jobs
		if !ok {
			return nil, false
		}
		waiting = append(waiting, first)
	}
	for len(waiting) < batchLimit && open {
		select {
		case j, ok := <-l.jobs:
			if open = ok; ok {
				waiting = append(waiting, j)
			}
		default:
			return l.pair(waiting), true
		}
	}
	return l.pair(waiting), open
}

// pair lets a command that is in the batch twice be decided once. The same id with another content waits its turn.
func (l *lane) pair(waiting []*job) []*job {
	seen := make(map[identity]*job, len(waiting))
	batch := waiting[:0:0]
	for _, j := range waiting {
		first, twice := seen[j.identity()]
		switch {
		case !twice:
			seen[j.identity()] = j
			batch = append(batch, j)
		case events.SameFingerprint(first.fingerprint, j.fingerprint):
			first.twins = append(first.twins, j)
		default:
			l.later = append(l.later, j)
		}
	}
	return batch
}

// settle brings every command of a batch to its outcome: together, and those that stand in the way alone. A fault of ours fails
// the deliveries, which come again.
func (s *Store) settle(batch []*job) {
	ctx, cancel := context.WithTimeout(context.Background(), transaction)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a batch was given up", "panic", p, "stack", string(debug.Stack()))
			s.giveUp(batch, fmt.Errorf("panic: %v", p))
		}
	}()
	left, decided := apart(batch)
	if len(decided) > 0 {
		s.runBatch(ctx, decided)
	}
	for range 3 {
		if len(left) == 0 {
			return
		}
		err := s.together(ctx, left)
		var one *setback
		switch {
		case err == nil:
			s.deliver(left)
			return
		case !errors.As(err, &one): // the connection, the commit: not the doing of any one of them
			s.giveUp(left, err)
			return
		}
		left = without(left, one.job)
		s.alone(ctx, one.job)
	}
	for len(left) > 0 {
		next := left[0]
		left = left[1:]
		s.alone(ctx, next)
	}
}

// apart is the commands that are decided by statements of their own, and those that are decided in memory.
func apart(batch []*job) (stated, decided []*job) {
	for _, j := range batch {
		if j.work.decide != nil {
			decided = append(decided, j)
		} else {
			stated = append(stated, j)
		}
	}
	return stated, decided
}

func (s *Store) giveUp(jobs []*job, err error) {
	for _, j := range jobs {
		j.finish(err)
	}
}

func without(jobs []*job, one *job) []*job {
	rest := make([]*job, 0, len(jobs))
	for _, j := range jobs {
		if j != one {
			rest = append(rest, j)
		}
	}
	return rest
}
