package inbox

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/journal"
)

const (
	queueCount       = 2                // more find fewer commands that wait, and share less
	queueDepth       = 1024             // commands that may wait in a queue
	batchLimit       = 128              // commands in one transaction
	transactionLimit = 7 * time.Second  // the longest one may take, all its tries included; a delivery waits 8 s
	publishLimit     = 10 * time.Second // the longest a batch's results may take to reach Kafka
)

// ErrClosing is what comes too late, and is delivered again.
var ErrClosing = errors.New("db is shutting down")

var errUnknownOutcome = errors.New("it is not known whether the transaction was committed")

// job is one command on its way through a transaction.
type job struct {
	events.Envelope
	noun        string
	permission  events.Permission // that whoever asks must have
	key         string            // the id it is stored under: the command's, or one for each delivery where a test leaves the inbox out (Faults.NoInbox)
	fingerprint string
	work        step
	account     Account
	over        bool           // it was asked for by a log-in that had ended
	forced      *forcedOutcome // its outcome is this, whatever it would decide

	duplicates []*job     // the same command, delivered again meanwhile
	done       chan error // nil: the outcome is committed and published

	fresh       bool // this transaction is the first to see it
	results     []events.Envelope
	packed      journal.Packed // the results, as they are stored
	position                   // of its entry
	completedAt time.Time
	outcome     journal.Outcome // "" but for what follows from the results
	code        string          // of the refusal, or the failure, that it came to
	forgotten   bool            // it was decided before, and what is personal of the results is gone
	reused      error           // the id was used for another request: refused for good
}

// finish tells whoever delivered the command, and whoever delivered it again, how it went. Two things stand above what the transaction says: an
// id that was used for another request is refused for good, whatever became of the batch; and one that was left out is none of ours, and done.
func (j *job) finish(err error) {
	if j.reused != nil {
		err = j.reused
	}
	if errors.Is(err, errLeftOut) {
		err = nil
	}
	for _, one := range slices.Concat([]*job{j}, j.duplicates) {
		select {
		case one.done <- err:
		default: // it was told before
		}
	}
}

// queue runs commands one transaction after the other. Whatever waits when one begins shares it.
type queue struct {
	store    *Store
	jobs     chan *job
	deferred []*job // waits for the next transaction
}

// queueOf spreads commands by what they are about, for no other reason than that those about one thing share a transaction: no queue locks
// another out.
func (s *Store) queueOf(j *job) *queue { return s.queues[hash(j.Subject)%uint32(len(s.queues))] }

func hash(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32()
}

func (q *queue) work() {
	for {
		batch, open := q.take()
		if len(batch) > 0 {
			q.store.runBatch(batch)
		}
		if !open && len(q.deferred) == 0 {
			return
		}
	}
}

// take waits for a command and then takes what else is there. It reports false once the queue is closed and empty.
func (q *queue) take() (batch []*job, open bool) {
	waiting := q.deferred
	q.deferred = nil
	open = true
	if len(waiting) == 0 {
		first, ok := <-q.jobs
		if !ok {
			return nil, false
		}
		waiting = append(waiting, first)
	}
	for len(waiting) < batchLimit && open {
		select {
		case j, ok := <-q.jobs:
			if open = ok; ok {
				waiting = append(waiting, j)
			}
		default:
			return q.dedupe(waiting), true
		}
	}
	return q.dedupe(waiting), open
}

// dedupe lets a command that is in the batch twice be decided once. The same id with another content, or by another log-in, waits its turn.
func (q *queue) dedupe(waiting []*job) []*job {
	seen := make(map[identity]*job, len(waiting))
	batch := waiting[:0:0]
	for _, j := range waiting {
		first, twice := seen[j.identity()]
		switch {
		case !twice:
			seen[j.identity()] = j
			batch = append(batch, j)
		case events.SameFingerprint(first.fingerprint, j.fingerprint) && first.Session == j.Session:
			first.duplicates = append(first.duplicates, j)
		default:
			q.deferred = append(q.deferred, j)
		}
	}
	return batch
}

// runBatch brings every command of a batch to its outcome. A fault of ours fails the deliveries, which come again.
func (s *Store) runBatch(batch []*job) {
	ctx, cancel := context.WithTimeout(context.Background(), s.DecideWithin)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("a batch was given up", "panic", p, "stack", string(debug.Stack()))
			s.giveUp(batch, fmt.Errorf("panic: %v", p))
		}
	}()
	s.commitOrSplit(ctx, batch)
}

func (s *Store) giveUp(jobs []*job, err error) {
	for _, j := range jobs {
		j.finish(err)
	}
}
