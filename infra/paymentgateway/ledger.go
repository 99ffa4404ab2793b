package paymentgateway

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const ledgerFile = "ledger.jsonl"

// entry is one line of the ledger: all that one call changed, together with the answer it got and the events it caused,
// so that a crash keeps all of it or none. Intent and refund are whole, as they are after the call.
type entry struct {
	At        time.Time `json:"at"`
	Movement  *Movement `json:"movement,omitempty"`
	Intent    *intent   `json:"intent,omitempty"`
	Refund    *refund   `json:"refund,omitempty"`
	Answer    *answer   `json:"answer,omitempty"`
	Events    []event   `json:"events,omitempty"`
	Delivered string    `json:"delivered,omitempty"` // id of an event that the webhook's receiver has taken
}

// ledger is an append-only file of JSON lines, each found by where it begins. Calls that wait at the same moment share one sync. When the
// disk is full it keeps the lines that it has taken, and writes them, in their order, as soon as somebody waits again.
type ledger struct {
	file disk

	mu       sync.Mutex
	synced   sync.Cond
	waiting  []byte // lines not yet written
	size     int64  // of the file's durable part
	next     int64  // where the next line begins
	recent   []line // not durable yet, in their order
	appended uint64 // lines taken
	durable  uint64 // lines on disk
	flushing bool
	err      error // of the last flush
}

// line is an entry, and where it begins.
type line struct {
	at    int64
	entry entry
}

// disk is the file; a test has one that is full.
type disk interface {
	io.WriteSeeker
	io.ReaderAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

// openLedger replays every entry and leaves the file ready to append. A torn last line, which was never answered, is cut.
func openLedger(path string, replay func(entry, int64)) (*ledger, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make its folder: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	good, err := replayLines(file, file.Name(), replay)
	if err == nil {
		err = file.Truncate(good)
	}
	if err == nil {
		_, err = file.Seek(good, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	l := &ledger{file: file, size: good, next: good}
	l.synced.L = &l.mu
	return l, nil
}

// replayLines returns the offset after the last whole entry.
func replayLines(file io.Reader, name string, replay func(entry, int64)) (good int64, err error) {
	lines := bufio.NewReaderSize(file, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return good, nil // what follows the last line end is torn
		}
		if err != nil {
			return 0, fmt.Errorf("read line %d: %w", n, err)
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			if _, more := lines.Peek(1); errors.Is(more, io.EOF) {
				return good, nil
			}
			return 0, fmt.Errorf("line %d of %s is damaged, restore the file or move it away: %w", n, name, err)
		}
		replay(e, good)
		good += int64(len(line))
	}
}

// append takes an entry and returns where it begins and the ticket to wait for.
func (l *ledger) append(e entry) (at int64, ticket uint64) {
	text := append(mustJSON(e), '\n')
	l.mu.Lock()
	defer l.mu.Unlock()
	at = l.next
	l.waiting = append(l.waiting, text...)
	l.recent = append(l.recent, line{at, e})
	l.next += int64(len(text))
	l.appended++
	return at, l.appended
}

// read is the entry that begins there.
func (l *ledger) read(at int64) (e entry, err error) {
	l.mu.Lock()
	i, recent := slices.BinarySearchFunc(l.recent, at, func(r line, at int64) int { return cmp.Compare(r.at, at) })
	if recent {
		e = l.recent[i].entry
	}
	end := l.size
	l.mu.Unlock()
	if recent {
		return e, nil
	}
	if err := json.NewDecoder(io.NewSectionReader(l.file, at, end-at)).Decode(&e); err != nil {
		return e, fmt.Errorf("read the ledger at %d: %w", at, err)
	}
	return e, nil
}

// all gives every entry in its order.
func (l *ledger) all(give func(entry, int64)) error {
	l.mu.Lock()
	end, recent := l.size, slices.Clone(l.recent)
	l.mu.Unlock()
	if _, err := replayLines(io.NewSectionReader(l.file, 0, end), ledgerFile, give); err != nil {
		return err
	}
	for _, r := range recent {
		give(r.entry, r.at)
	}
	return nil
}

// wait returns once the ticket's entry is on disk. Whoever comes first writes for all. Error: it is not; who waits later tries again.
func (l *ledger) wait(ticket uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.durable < ticket {
		if l.flushing {
			l.synced.Wait()
		} else {
			l.flush()
		}
		if l.durable < ticket && l.err != nil && !l.flushing {
			return l.err
		}
	}
	return nil
}

// usable tells whether something may be taken: not while lines that were taken cannot be written.
func (l *ledger) usable() error {
	l.mu.Lock()
	broken := l.err != nil
	l.mu.Unlock()
	if !broken {
		return nil
	}
	return l.waitAll()
}

// waitAll returns once everything taken so far is on disk: a reader must not see what a crash could take back.
func (l *ledger) waitAll() error {
	l.mu.Lock()
	ticket := l.appended
	l.mu.Unlock()
	return l.wait(ticket)
}

// flush writes and syncs what waits. It is called with the lock held and gives it up meanwhile.
func (l *ledger) flush() {
	lines, upTo := l.waiting, l.appended
	again := l.err != nil
	l.waiting, l.flushing = nil, true
	l.mu.Unlock()
	err := l.put(lines, again)
	l.mu.Lock()
	l.flushing = false
	if l.err = err; err != nil {
		l.waiting = append(lines, l.waiting...)
	} else {
		l.durable = upTo
		l.size += int64(len(lines))
		l.recent = slices.Clone(slices.DeleteFunc(l.recent, func(r line) bool { return r.at < l.size }))
	}
	l.synced.Broadcast()
}

// put writes lines after the durable part; again, over whatever the failed attempt has left there.
func (l *ledger) put(lines []byte, again bool) (err error) {
	if again {
		if err = l.file.Truncate(l.size); err == nil {
			_, err = l.file.Seek(l.size, io.SeekStart)
		}
	}
	if err == nil {
		_, err = l.file.Write(lines)
	}
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	return nil
}

func (l *ledger) close() error {
	return errors.Join(l.waitAll(), l.file.Close())
}
