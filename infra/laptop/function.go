package laptop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/health"
)

// function is one running function.
type function struct {
	name     events.Function
	url      string
	listener net.Listener
	cancel   context.CancelFunc
	done     chan struct{} // closed when it has stopped
	err      error         // why; read it after done
}

// open takes the function's port, so that everybody knows its address before it runs.
func open(ctx context.Context, name events.Function, address string) (*function, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &function{name: name, url: urlOf(listener.Addr().String()), listener: listener, cancel: func() {}}, nil
}

// urlOf is an address that one can open: who listens on all addresses of this machine is found on its loopback.
func urlOf(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err == nil && net.ParseIP(host).IsUnspecified() {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return "http://" + address
}

// start runs it until stop. env is its environment.
func (f *function) start(ctx context.Context, serve Serve, env map[string]string, failed chan<- error) {
	ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	f.done = make(chan struct{})
	go func() {
		defer close(f.done)
		f.err = serve(ctx, f.name, f.listener, env)
		if ctx.Err() == nil { // nobody told it to stop
			select {
			case failed <- fmt.Errorf("%s ended by itself: %w", f.name, f.err):
			default: // one such report is enough
			}
		}
	}()
}

// awaitReady returns when the function says that it can take requests.
func (f *function) awaitReady(ctx context.Context) error {
	err := health.Await(ctx, 5*time.Millisecond, func(ctx context.Context) error { return health.Check(ctx, f.listener.Addr().String()) }, f.done)
	switch {
	case errors.Is(err, health.ErrEnded):
		return fmt.Errorf("%s does not start: %w", f.name, f.err)
	case err != nil:
		return fmt.Errorf("%s does not get ready: %w", f.name, err)
	}
	return nil
}

// stop lets it finish what it has in hand and returns when it has ended.
func (f *function) stop(ctx context.Context) error {
	f.cancel()
	if f.done == nil { // it was never started
		return f.listener.Close()
	}
	select {
	case <-f.done:
		if f.err != nil {
			return fmt.Errorf("stop %s: %w", f.name, f.err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop %s: %w", f.name, ctx.Err())
	}
}
