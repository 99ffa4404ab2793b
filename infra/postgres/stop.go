package postgres

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// Mode is how a server stops, as pg_ctl names it.
type Mode string

// The modes: Smart waits for clients to leave, Fast disconnects them and writes everything down, Immediate just ends and
// leaves recovery to the next start.
const (
	Smart     Mode = "smart"
	Fast      Mode = "fast"
	Immediate Mode = "immediate"
)

var signals = map[Mode]syscall.Signal{Smart: syscall.SIGTERM, Fast: syscall.SIGINT, Immediate: syscall.SIGQUIT}

// Stop ends the server and returns when it is gone. Stopping a stopped server is no error. If ctx ends first, the server
// is still ending.
func (s *Server) Stop(ctx context.Context, mode Mode) error {
	sig, known := signals[mode]
	if !known {
		return fmt.Errorf("postgres: unknown stop mode %q", mode)
	}
	return s.end(ctx, sig)
}

// Kill ends the server as a crash would (kill -9). The next Restart recovers.
func (s *Server) Kill(ctx context.Context) error { return s.end(ctx, syscall.SIGKILL) }

func (s *Server) end(ctx context.Context, sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	if err := signalled(s.process, sig); err != nil {
		return fmt.Errorf("postgres: signal the server: %w", err)
	}
	select {
	case <-s.process.Done():
		s.process = nil
		return nil
	case <-ctx.Done():
		return fmt.Errorf("postgres: wait for the server to stop: %w", ctx.Err())
	}
}

// Restart starts a server that was stopped, killed or died, on the same port; one that runs is stopped fast first.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(ctx, Fast); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		return errors.New("postgres: somebody else restarted it")
	}
	if err := s.layout.stopLeftover(ctx, s.cfg.Log); err != nil {
		return err
	}
	return s.run(ctx)
}
