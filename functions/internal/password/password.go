// Package password hashes and checks passwords with argon2id, a few at a time, and slows down whoever guesses.
//
// One hash takes 19 MiB and tens of milliseconds by design. More of them at once than there are processors would make none faster and
// could take all memory, so the rest wait, each network for its turn, and are told to come back later when that takes too long.
package password

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/onlinemart/mart/events"
)

// Settings say what a hash costs. The defaults are OWASP's recommendation; less is for tests and benchmarks.
type Settings struct {
	MemoryKiB  uint32        `env:"PASSWORD_MEMORY_KIB, default=19456" doc:"Memory that hashing one password takes; the default is OWASP's."`
	Iterations uint32        `env:"PASSWORD_ITERATIONS, default=2" doc:"Passes that hashing one password takes."`
	Wait       time.Duration `env:"PASSWORD_WAIT, default=3s" doc:"How long a password waits to be hashed before 503."`
}

// Check says whether they are within bounds.
func (s Settings) Check() error { return s.check() }

// leastMemory is the least memory that OWASP names for argon2id, in KiB.
const leastMemory = 7168

func (s Settings) check() error {
	switch {
	case s.MemoryKiB < leastMemory || s.MemoryKiB > 1<<20:
		return fmt.Errorf("PASSWORD_MEMORY_KIB is %d; it must be %d to %d", s.MemoryKiB, leastMemory, 1<<20)
	case s.Iterations < 1 || s.Iterations > 100:
		return fmt.Errorf("PASSWORD_ITERATIONS is %d; it must be 1 to 100", s.Iterations)
	case s.Wait <= 0:
		return fmt.Errorf("PASSWORD_WAIT is %s; it must be more than nothing", s.Wait)
	}
	return nil
}

// ErrBusy means that too many passwords wait to be hashed already: 503.
var ErrBusy = &events.Problem{Status: http.StatusServiceUnavailable, Code: "busy", Detail: "Too many people log in at this moment. Try again shortly."}

// Hasher hashes and checks passwords.
type Hasher struct {
	params argon2id.Params
	turns  *turns
	wait   time.Duration
	nobody string // the hash of a password that nobody has
	hashes prometheus.Counter
}

// New is a hasher for one process. Error: which setting is out of bounds.
func New(s Settings, metrics prometheus.Registerer) (*Hasher, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	h := &Hasher{
		params: argon2id.Params{Memory: s.MemoryKiB, Iterations: s.Iterations, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		turns:  newTurns(runtime.GOMAXPROCS(0)), wait: s.Wait,
		hashes: prometheus.NewCounter(prometheus.CounterOpts{Name: "mart_password_hashes_total", Help: "Passwords hashed, to store or to check them."}),
	}
	if err := metrics.Register(h.hashes); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	h.nobody = nobodys(&h.params)
	return h, nil
}

// nobodys looks like a hash and costs as much to check. It is made of chance: hashing something would delay the start.
func nobodys(p *argon2id.Params) string {
	chance := make([]byte, p.SaltLength+p.KeyLength)
	_, _ = rand.Read(chance) // it never fails
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Iterations, p.Parallelism,
		encode(chance[:p.SaltLength]), encode(chance[p.SaltLength:]))
}

// Hash is the hash to store, for whoever comes from a place: a network, as a rule. Errors: ErrBusy, or ctx ended.
func (h *Hasher) Hash(ctx context.Context, from, password string) (hash string, err error) {
	err = h.within(ctx, from, func() error {
		hash, err = argon2id.CreateHash(norm.NFC.String(password), &h.params)
		return err
	})
	return hash, err
}

// Matches checks a password against its hash, for whoever comes from a place. Without a hash it takes as long and says no, so that nobody can tell by the time whether an account
// exists. Errors: ErrBusy, or ctx ended.
func (h *Hasher) Matches(ctx context.Context, from, password, hash string) (matches bool, err error) {
	against := hash
	if hash == "" {
		against = h.nobody
	}
	err = h.within(ctx, from, func() error {
		matches, err = argon2id.ComparePasswordAndHash(norm.NFC.String(password), against)
		return err
	})
	return matches && hash != "", err
}

func (h *Hasher) within(ctx context.Context, from string, work func() error) error {
	patience := time.NewTimer(h.wait)
	defer patience.Stop()
	turn := h.turns.wait(from)
	select {
	case <-turn:
	case <-patience.C:
		h.turns.giveUp(from, turn)
		return ErrBusy
	case <-ctx.Done():
		h.turns.giveUp(from, turn)
		return errors.Join(ErrBusy, ctx.Err())
	}
	defer h.turns.leave()
	h.hashes.Inc()
	if err := work(); err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	return nil
}
