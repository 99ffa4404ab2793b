// Package serve makes this process one function: what a container or a pod is, and what `mart function` does.
//
// It owns the port and the signals; the function reads everything else from the environment itself.
package serve

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
)

// Run serves the function that FUNCTION (else K_SERVICE) names, on the address that LISTEN_ADDRESS or PORT says, or the port that
// it was handed (LISTEN_FDS), until SIGTERM or SIGINT, and then drains. Error: one line that says what to set.
func Run(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer stop()
	listener, err := listen(ctx)
	if err != nil {
		return err
	}
	return mart.New().Serve(ctx, listener, nil)
}

// Handed is a port that was handed over: other processes may be at it, too, so a function that is starting leaves connections to them.
type Handed struct{ net.Listener }

// Shared marks it for whoever serves on it.
func (Handed) Shared() {}

// handedPort is the file that is the open port when LISTEN_FDS=1, as systemd's socket units have it. Such a port outlives the process:
// whoever connects between one and the next waits instead of being refused.
const handedPort = 3

func listen(ctx context.Context) (net.Listener, error) {
	if os.Getenv("LISTEN_FDS") == "1" {
		port := os.NewFile(handedPort, "port")
		defer func() { _ = port.Close() }() // the listener has its own
		listener, err := net.FileListener(port)
		if err != nil {
			return nil, fmt.Errorf("LISTEN_FDS=1, but file %d is no open port: %w", handedPort, err)
		}
		return Handed{listener}, nil
	}
	address := Address(os.Getenv)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (set LISTEN_ADDRESS or PORT to a free one): %w", address, err)
	}
	return listener, nil
}

// RunAs runs the function of that name; otherwise it is Run.
func RunAs(ctx context.Context, name events.Function) error {
	if _, err := mart.Lookup(name); err != nil {
		return err
	}
	if err := os.Setenv("FUNCTION", string(name)); err != nil {
		return fmt.Errorf("set FUNCTION: %w", err)
	}
	return Run(ctx)
}

// Address is where to listen: LISTEN_ADDRESS as it stands; else PORT, on loopback unless this is a pod (K_SERVICE); else 127.0.0.1:8080.
func Address(getenv func(string) string) string {
	port := getenv("PORT")
	switch {
	case getenv("LISTEN_ADDRESS") != "":
		return getenv("LISTEN_ADDRESS")
	case port == "":
		return "127.0.0.1:8080"
	case getenv("K_SERVICE") != "":
		return ":" + port
	default:
		return "127.0.0.1:" + port
	}
}
