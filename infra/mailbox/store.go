package mailbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// store keeps each mail as a file named by its id, ids growing with time, and the summaries of all in memory.
type store struct {
	dir   string
	keep  int
	log   *slog.Logger
	write func(path string, content []byte) error // a test has a disk that is full

	mu      sync.RWMutex
	failed  error     // of the last mail; nil when it could be kept
	mails   []Summary // oldest first
	changed chan struct{}
}

var errNoMail = errors.New("no such mail")

func openStore(dir string, keep int, log *slog.Logger) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mailbox: make data folder: %w", err)
	}
	s := &store{dir: dir, keep: keep, log: log, write: writeFile, mails: []Summary{}, changed: make(chan struct{})}
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		return nil, fmt.Errorf("mailbox: list mails: %w", err)
	}
	slices.Sort(files)
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".eml")
		message, arrived, err := s.read(id)
		if err != nil {
			return nil, err
		}
		summary := message.summary(arrived)
		if _, err := os.Stat(s.readMark(id)); err == nil {
			summary.Read = true
		}
		s.mails = append(s.mails, summary)
	}
	return s, s.trim()
}

func (s *store) path(id string) string { return filepath.Join(s.dir, id+".eml") }

// readMark is an empty file beside a mail that somebody has read.
func (s *store) readMark(id string) string { return filepath.Join(s.dir, id+".read") }

// markRead notes that somebody has read a mail on the page. Error: it is noted until the next start only.
func (s *store) markRead(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.mails, func(m Summary) bool { return m.ID == id })
	if at < 0 || s.mails[at].Read {
		return nil
	}
	s.mails[at].Read = true
	return s.write(s.readMark(id), nil)
}

// unread is how many mails nobody has read.
func (s *store) unread() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return unreadAmong(s.mails)
}

func unreadAmong(mails []Summary) (n int) {
	for _, m := range mails {
		if !m.Read {
			n++
		}
	}
	return n
}

// add keeps a mail with its envelope in front. Error: it is not kept, and may be another time.
func (s *store) add(sent envelope, raw []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	unique, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("mailbox: name a mail: %w", err)
	}
	id := unique.String()
	if err := s.put(id, append(sent.header(), raw...)); err != nil {
		return err
	}
	message, arrived, err := s.read(id)
	if err != nil {
		return err
	}
	s.mails = append(s.mails, message.summary(arrived))
	s.announce()
	if err := s.trim(); err != nil {
		s.log.Warn("an old mail cannot be deleted; the next mail tries again", "reason", err)
	}
	return nil
}

// put writes a mail's file whole or not at all, and remembers whether that was possible.
func (s *store) put(id string, content []byte) error {
	temporary := filepath.Join(s.dir, "arriving")
	err := s.write(temporary, content)
	if err == nil {
		err = os.Rename(temporary, s.path(id))
	}
	if s.failed = err; err == nil {
		return nil
	}
	if left := os.Remove(temporary); left != nil && !errors.Is(left, fs.ErrNotExist) {
		err = errors.Join(err, left)
	}
	s.failed = fmt.Errorf("mailbox: keep a mail in %s: %w: free some space; it goes on by itself", s.dir, err)
	return s.failed
}

// probeSize is what a mail needs at least: less may fit where no mail does.
const probeSize = 64 << 10

// ready tells whether mails can be kept. After one that could not it tries.
func (s *store) ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		return nil
	}
	probe := filepath.Join(s.dir, "probe")
	err := s.write(probe, make([]byte, probeSize))
	if left := os.Remove(probe); left != nil && !errors.Is(left, fs.ErrNotExist) {
		err = errors.Join(err, left)
	}
	if err == nil {
		s.failed = nil
	}
	return s.failed
}

func writeFile(path string, content []byte) error { return os.WriteFile(path, content, 0o600) }

// header is one line of JSON in front of the mail, so that what follows is the mail byte for byte.
func (e envelope) header() []byte {
	line, err := json.Marshal(e)
	if err != nil {
		panic("mailbox: an envelope is text: " + err.Error())
	}
	return append(line, '\n')
}

// splitEnvelope undoes header. A file that somebody put there without one is all mail.
func splitEnvelope(file []byte) (envelope, []byte) {
	var sent envelope
	line, raw, found := bytes.Cut(file, []byte("\n"))
	if !found || json.Unmarshal(line, &sent) != nil {
		return envelope{}, file
	}
	return sent, raw
}

// trim deletes the oldest mails beyond keep.
func (s *store) trim() error {
	extra := len(s.mails) - s.keep
	if extra <= 0 {
		return nil
	}
	for _, mail := range s.mails[:extra] {
		if err := s.remove(mail.ID); err != nil {
			return err
		}
	}
	s.mails = slices.Delete(s.mails, 0, extra)
	return nil
}

func (s *store) remove(id string) error {
	for _, path := range []string{s.path(id), s.readMark(id)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("mailbox: delete a mail: %w", err)
		}
	}
	return nil
}

// get returns a mail whole; id "latest" is the newest.
func (s *store) get(id string) (Message, error) {
	id, err := s.resolve(id)
	if err != nil {
		return Message{}, err
	}
	message, _, err := s.read(id)
	return message, err
}

// raw returns a mail as it came.
func (s *store) raw(id string) ([]byte, error) {
	id, err := s.resolve(id)
	if err != nil {
		return nil, err
	}
	file, err := s.load(id)
	if err != nil {
		return nil, err
	}
	_, raw := splitEnvelope(file)
	return raw, nil
}

// resolve finds a known id; a path made from anything else would lead out of the folder.
func (s *store) resolve(id string) (string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if id == "latest" && len(s.mails) > 0 {
		return s.mails[len(s.mails)-1].ID, nil
	}
	if !slices.ContainsFunc(s.mails, func(m Summary) bool { return m.ID == id }) {
		return "", errNoMail
	}
	return id, nil
}

func (s *store) read(id string) (Message, time.Time, error) {
	file, err := s.load(id)
	if err != nil {
		return Message{}, time.Time{}, err
	}
	info, err := os.Stat(s.path(id))
	if err != nil {
		return Message{}, time.Time{}, fmt.Errorf("mailbox: read a mail: %w", err)
	}
	sent, raw := splitEnvelope(file)
	return parse(id, sent, raw, info.ModTime()), info.ModTime(), nil
}

func (s *store) load(id string) ([]byte, error) {
	file, err := os.ReadFile(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoMail // deleted meanwhile
	}
	if err != nil {
		return nil, fmt.Errorf("mailbox: read a mail: %w", err)
	}
	return file, nil
}

// list returns the mails that match, newest first.
func (s *store) list(match func(Summary) bool) []Summary {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := []Summary{}
	for _, mail := range slices.Backward(s.mails) {
		if match(mail) {
			found = append(found, mail)
		}
	}
	return found
}

// delete removes the mails with these ids, all of them when ids is empty. Unknown ids are no error.
func (s *store) delete(ids []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kept []Summary
	for _, mail := range s.mails {
		if len(ids) > 0 && !slices.Contains(ids, mail.ID) {
			kept = append(kept, mail)
			continue
		}
		if err := s.remove(mail.ID); err != nil {
			return err
		}
	}
	s.mails = kept
	s.announce()
	return nil
}

// watch returns how many mails there are and a channel that is closed at the next change.
func (s *store) watch() (int, <-chan struct{}) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.mails), s.changed
}

func (s *store) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}
