package laptop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/onlinemart/mart/events"
)

// unit is one running function.
type unit struct {
	name     events.Function
	url      string
	listener net.Listener
	cancel   context.CancelFunc
	done     chan struct{} // closed when it has stopped
	err      error         // why; read it after done
}

// open takes the function's port, so that everybody knows its address before it runs.
func open(ctx context.Context, f events.Function, address string) (*unit, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &unit{name: f, url: urlOf(listener.Addr().String()), listener: listener, cancel: func() {}}, nil
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
func (u *unit) start(ctx context.Context, serve Serve, env map[string]string, failed chan<- error) {
	ctx, u.cancel = context.WithCancel(context.WithoutCancel(ctx))
	u.done = make(chan struct{})
	go func() {
		defer close(u.done)
		u.err = serve(ctx, u.name, u.listener, env)
		if ctx.Err() == nil { // nobody told it to stop
			select {
			case failed <- fmt.Errorf("%s ended by itself: %w", u.name, u.err):
			default: // one such report is enough
			}
		}
	}()
}

// awaitReady returns when the function says that it can take requests.
func (u *unit) awaitReady(ctx context.Context) error {
	client := http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.url+"/health/readiness", nil)
		if err != nil {
			return fmt.Errorf("ask whether %s is ready: %w", u.name, err)
		}
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-u.done:
			return fmt.Errorf("%s does not start: %w", u.name, u.err)
		case <-ctx.Done():
			return fmt.Errorf("%s does not get ready: %w", u.name, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// stop lets it finish what it has in hand and returns when it has ended.
func (u *unit) stop(ctx context.Context) error {
	u.cancel()
	if u.done == nil { // it was never started
		return u.listener.Close()
	}
	select {
	case <-u.done:
		if u.err != nil {
			return fmt.Errorf("stop %s: %w", u.name, u.err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop %s: %w", u.name, ctx.Err())
	}
}

// portError names the setting that chose a port which cannot be had.
func portError(setting, address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is taken: stop what uses it, or choose another with %s host:port", address, setting)
	}
	return fmt.Errorf("cannot listen on %s (%s takes host:port): %w", address, setting, err)
}
