package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/health"
	"github.com/onlinemart/mart/infra/process"
)

// function is one function as a process of its own.
type function struct {
	*process.Process
	address string
}

// launch runs a command that becomes the function f, on a free port of the loopback.
func launch(ctx context.Context, command []string, f events.Function, env map[string]string) (*function, error) {
	port, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	address := port.Addr().String()
	if err := port.Close(); err != nil {
		return nil, fmt.Errorf("free the port: %w", err)
	}
	cmd := exec.Command(command[0], command[1:]...) // it is ended by a signal, not by the context: what it has in hand is finished first
	cmd.Env = append(process.Environment(env), "FUNCTION="+string(f), "LISTEN_ADDRESS="+address)
	p, err := process.Start(cmd, syscall.SIGKILL)
	if err != nil {
		return nil, err
	}
	return &function{p, address}, nil
}

// awaitReady returns when it can take requests. Error: it ended instead, with what it said.
func (f *function) awaitReady(ctx context.Context) error {
	return f.Await(ctx, time.Millisecond, func(ctx context.Context) error { return health.Check(ctx, f.address) })
}

// end tells it to stop and waits for it. It joins err, so that a caller can end with it.
func (f *function) end(ctx context.Context, err error) error {
	if f == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return errors.Join(err, f.Stop(ctx))
}
