package laptop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
	"golang.org/x/sync/errgroup"
)

const (
	partitions         = 3 // of commands: one consumer reads them all, and every fetch names each of them
	partitionsOfEvents = 1 // there is a topic for each
	firstOwner         = "owner@example.com"
	drainWithin        = 40 * time.Second
	catalogueMark      = "catalogue" // the demo catalogue was put in
)

// startFunctions starts the functions and what delivers to them, and the gateway when all of them are ready: whoever comes before that
// waits and is not refused.
func (m *Mart) startFunctions(starting context.Context) error {
	ready, ctx := errgroup.WithContext(starting)
	for _, f := range events.Functions() {
		if f == events.User || f == events.Gateway {
			continue // user asks for the first owner at once, and db must be there to answer
		}
		running := m.functions[f]
		running.start(ctx, m.cfg.Serve, m.settings(f), m.failed)
		ready.Go(func() error {
			if err := m.timed(ctx, string(f), running.awaitReady); err != nil || f != events.DB {
				return err
			}
			user := m.functions[events.User]
			user.start(ctx, m.cfg.Serve, m.settings(events.User), m.failed)
			return m.timed(ctx, string(events.User), user.awaitReady)
		})
	}
	if err := m.startSources(ctx); err != nil {
		return errors.Join(err, ready.Wait())
	}
	ready.Go(func() error { return m.timed(ctx, "sources", m.sources.awaitReady) })
	if err := ready.Wait(); err != nil {
		return err
	}
	gateway := m.functions[events.Gateway]
	gateway.start(starting, m.cfg.Serve, m.settings(events.Gateway), m.failed)
	return m.timed(starting, string(events.Gateway), gateway.awaitReady)
}

func (m *Mart) timed(ctx context.Context, what string, do func(context.Context) error) error {
	begin := time.Now()
	err := do(ctx)
	m.cfg.Phase("  "+what, time.Since(begin))
	return err
}

// Wait returns when ctx ends (nil) or when a part of the mart ended by itself.
func (m *Mart) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-m.failed:
		return err
	}
}

// Stop drains in order: the gateway, so that nothing new comes in; the sources, so that running deliveries end; the functions,
// db last of all; then what they stood on. ctx bounds it.
func (m *Mart) Stop(ctx context.Context) error {
	var errs []error
	stop := func(what string, end func(context.Context) error) {
		begin := time.Now()
		if err := end(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", what, err))
		}
		m.cfg.Phase("stop "+what, time.Since(begin))
	}
	stopFunction := func(f events.Function) {
		if running := m.functions[f]; running != nil {
			stop(string(f), running.stop)
		}
	}
	stopFunction(events.Gateway)
	if m.sources != nil {
		stop("sources", m.sources.stop)
	}
	stop("functions", m.stopOthers)
	stopFunction(events.DB)
	for i := len(m.closers) - 1; i >= 0; i-- {
		stop(m.closers[i].what, m.closers[i].close)
	}
	return errors.Join(errs...)
}

// stopOthers stops all functions but the first and the last, at once.
func (m *Mart) stopOthers(ctx context.Context) error {
	var all errgroup.Group
	for f, running := range m.functions {
		if f != events.Gateway && f != events.DB {
			all.Go(func() error { return running.stop(ctx) })
		}
	}
	return all.Wait()
}

func (m *Mart) closeLater(what string, end func(context.Context) error) {
	m.closers = append(m.closers, closer{what, end})
}
