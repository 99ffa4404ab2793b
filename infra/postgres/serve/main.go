// Command serve runs an installed Postgres on a data folder until it is told to stop, for suites that need one of their
// own: it prints the superuser's address on one line once the server is ready.
//
//	go run ./infra/postgres/serve DIR
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/onlinemart/mart/infra/postgres"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: serve DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := postgres.Start(ctx, postgres.Config{DataDir: dir, Settings: map[string]string{"max_connections": "300"}})
	if err != nil {
		return err
	}
	fmt.Println(server.TCPDSN("postgres", "postgres"))
	var ended error
	select {
	case <-ctx.Done():
	case <-server.Done():
		ended = errors.New("postgres: the server ended by itself: see " + server.Log())
	}
	closing, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return errors.Join(ended, server.Close(closing))
}
