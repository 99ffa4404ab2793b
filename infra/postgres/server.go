// Package postgres runs a Postgres for Mart on a laptop: an installed one (14 or newer) on a data folder of ours, else one
// that is downloaded once. It makes the database with its two roles, stops, kills and restarts the server for tests, and
// recovers from whatever the last run left behind. The server listens on a private Unix socket (no password needed there)
// and on a loopback port (with passwords), and ends with the process that started it.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/onlinemart/mart/infra/filelock"
	"github.com/onlinemart/mart/infra/process"
)

// Config says where the server keeps its data and how it listens.
type Config struct {
	DataDir  string            // required; see Server.Folder for where the data really is
	Port     int               // TCP port on 127.0.0.1; 0: a free one
	Settings map[string]string // over the defaults, in Postgres' own names
	Log      *slog.Logger      // default slog.Default
	Say      func(line string) // told what takes long, before it begins; default: on standard error, so that nobody waits for a silence
}

// Server is a running Postgres.
type Server struct {
	cfg    Config
	layout layout
	bin    binaries
	secret string
	lock   *filelock.Lock

	mu      sync.Mutex
	process *process.Process // nil when stopped
	next    chan struct{}    // closed at the next start
	closing sync.Once
}

// Start makes the data folder when there is none, recovers it when the last run crashed, and returns once the server
// takes connections. Errors are one line that says what to do.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.DataDir == "" {
		return nil, errors.New("postgres: no data folder given")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Say == nil {
		cfg.Say = func(line string) { fmt.Fprintln(os.Stderr, line) }
	}
	layout, err := chooseLayout(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	lock, err := filelock.Try(filepath.Join(layout.base, "mart.lock"))
	if errors.Is(err, filelock.ErrHeld) {
		return nil, fmt.Errorf("postgres: the data folder %s is in use, %w: stop that one first, or choose another folder", cfg.DataDir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("postgres: lock data folder: %w", err)
	}
	server := &Server{cfg: cfg, layout: layout, lock: lock, next: make(chan struct{})}
	if err := server.prepare(ctx); err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	if err := server.run(ctx); err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return server, nil
}

func (s *Server) prepare(ctx context.Context) error {
	var err error
	if s.bin, err = findBinaries(ctx, s.layout, source{say: s.cfg.Say}); err != nil {
		return err
	}
	if s.secret, err = readSecret(filepath.Join(s.layout.base, "secret")); err != nil {
		return err
	}
	if err := s.layout.stopLeftover(ctx, s.cfg.Log); err != nil {
		return err
	}
	if s.layout.hasCluster() {
		return nil
	}
	return initCluster(ctx, s.layout, s.bin, s.secret, s.cfg.Settings["fsync"] != "off")
}

func (s *Server) run(ctx context.Context) error {
	port, err := freePort(ctx, s.cfg.Port)
	if err != nil {
		return err
	}
	server, err := launch(ctx, s.layout, s.bin, port, s.cfg.Settings)
	if err != nil {
		return err
	}
	s.cfg.Port = port // it keeps its port through restarts
	s.process = server
	close(s.next)
	s.next = make(chan struct{})
	return nil
}

// A server's port is between these, which no system gives to whoever connects somewhere: while it is down for a moment, nobody takes it.
const lowestPort, highestPort = 20_000, 30_000

// freePort returns the wanted port, or any for 0, if nobody listens on it.
func freePort(ctx context.Context, wanted int) (int, error) {
	if wanted == 0 {
		for range 20 {
			if port, err := freePort(ctx, lowestPort+rand.IntN(highestPort-lowestPort)); err == nil {
				return port, nil
			}
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(wanted)))
	if err != nil {
		return 0, fmt.Errorf("postgres: port %d is taken: free it or choose another (%w)", wanted, err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return 0, fmt.Errorf("postgres: find a free port: %w", err)
	}
	return port, nil
}

// AdminDSN connects as the superuser to the database postgres, by the private socket.
func (s *Server) AdminDSN() string { return s.socketDSN("postgres", "postgres") }

func (s *Server) socketDSN(role, database string) string {
	query := url.Values{"host": {s.layout.socket}, "port": {strconv.Itoa(s.cfg.Port)}}
	return (&url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: query.Encode()}).String()
}

// Address is the loopback port, host:port.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.cfg.Port)) }

// TCPDSN connects over the loopback port, for programs that cannot reach the socket. It contains the role's password.
func (s *Server) TCPDSN(role, database string) string {
	query := url.Values{"sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.UserPassword(role, s.secret), Host: s.Address(), Path: "/" + database, RawQuery: query.Encode()}).String()
}

// Folder is where the data really is: under DataDir, or, where DataDir lies in a folder that the server's user cannot
// enter (root's home, or one that mktemp made), in a folder of its own. A file "moved" in DataDir then names it.
func (s *Server) Folder() string { return s.layout.base }

// Version is the major version that runs, 15 say.
func (s *Server) Version() int { return s.bin.major }

// Log is the path of what the server itself writes.
func (s *Server) Log() string { return s.layout.log() }

// Done is closed when the server process ends, for whatever reason. It is nil while the server is stopped.
func (s *Server) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	return s.process.Done()
}

// Close stops the server (fast) and gives up the data folder. Closing twice is no error.
func (s *Server) Close(ctx context.Context) error {
	err := s.Stop(ctx, Fast)
	s.closing.Do(func() { err = errors.Join(err, s.lock.Release()) })
	return err
}

// readSecret returns the password of this data folder, making one the first time.
func readSecret(path string) (string, error) {
	known, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(known)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("postgres: read password: %w", err)
	}
	secret := newSecret()
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("postgres: keep password: %w", err)
	}
	return secret, nil
}
