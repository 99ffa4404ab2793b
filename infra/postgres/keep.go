package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/onlinemart/mart/infra/process"
)

// A server that ends by itself more often than this will not be helped by one more start.
const (
	restartsKept = 5
	restartsFor  = 10 * time.Minute
)

// Keep starts the server again whenever it ends without Stop, Kill, Restart or Close, until ctx ends (nil). told is told of each time. Error: it
// ends again and again, or does not start.
func (s *Server) Keep(ctx context.Context, told func(reason string)) error {
	var ends []time.Time
	for {
		died := s.awaitDeath(ctx)
		if died == nil {
			return nil
		}
		now := time.Now()
		for len(ends) > 0 && now.Sub(ends[0]) > restartsFor {
			ends = ends[1:]
		}
		if ends = append(ends, now); len(ends) > restartsKept {
			return fmt.Errorf("postgres: the server ended by itself %d times within %s: its log is %s", len(ends), restartsFor, s.Log())
		}
		reason, err := s.revive(ctx, died)
		if err != nil {
			return err
		}
		if reason != "" {
			told(reason)
		}
	}
}

// awaitDeath returns the process that ended and was not told to. Nil: ctx ended.
func (s *Server) awaitDeath(ctx context.Context) *process.Process {
	for {
		s.mu.Lock()
		running, next := s.process, s.next
		s.mu.Unlock()
		var ended <-chan struct{} = next // stopped: until it is started again
		if running != nil {
			ended = running.Done()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
		}
		if running == nil {
			continue
		}
		s.mu.Lock() // who stops it holds this until that is noted
		died := s.process == running
		s.mu.Unlock()
		if died {
			return running
		}
	}
}

// revive starts the server in the place of the one that died, unless somebody else has. It gives what the dead one said last.
func (s *Server) revive(ctx context.Context, died *process.Process) (reason string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != died {
		return "", nil
	}
	s.process = nil
	reason = s.layout.complaint(0)
	if err := s.layout.stopLeftover(ctx, s.cfg.Log); err != nil {
		return "", err
	}
	return reason, s.runAgain(ctx)
}

// runAgain starts the server, trying for a while: what the dead one has left behind, its port above all, is free a moment later.
func (s *Server) runAgain(ctx context.Context) error {
	for wait, end := 50*time.Millisecond, time.Now().Add(patience); ; wait = min(2*wait, 2*time.Second) {
		err := s.run(ctx)
		if err == nil || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}
