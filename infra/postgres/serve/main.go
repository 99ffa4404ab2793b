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
	"strings"
	"time"

	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/program"
)

func main() {
	program.Run("serve", func(ctx context.Context) error {
		if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
			return errors.New("name the data folder: serve DIR")
		}
		return run(ctx, os.Args[1])
	})
}

func run(ctx context.Context, dir string) error {
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
