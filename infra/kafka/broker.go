// Package kafka gives Mart its broker on a laptop and its topics anywhere.
//
// Broker is a Kafka inside this process (kfake) that keeps topics, records and group offsets in a folder; clients reach
// it over TCP like any other. EnsureTopics creates what is missing on any Kafka, the embedded one or a real one.
// real.sh beside this file starts a real Apache Kafka for tests.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/onlinemart/mart/infra/filelock"
)

// Config says where the embedded broker listens and what it keeps.
type Config struct {
	DataDir string       // folder for its state; empty: memory only, gone on Close
	Listen  string       // host:port, port 0 for a free one; default 127.0.0.1:0
	Sync    bool         // fsync every batch: survives a power cut too, and is much slower
	Log     *slog.Logger // warnings of the broker; default slog.Default
}

// Broker is a running embedded Kafka with one node. It never creates a topic on its own.
//
// With a DataDir an acknowledged record and a committed offset have been handed to the operating system, so they survive
// Close and a killed process alike. Only a crash of the whole machine may lose the last moments, unless Sync is set.
type Broker struct {
	cluster     *kfake.Cluster
	lock        *filelock.Lock
	address     string
	connections *cuttable
	closing     sync.Once
}

// Start runs a broker until Close. Errors are one line that says what to do: the folder is in use, the port is taken,
// the state was written by a newer version.
func Start(ctx context.Context, cfg Config) (*Broker, error) {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if err := checkListen(cfg.Listen); err != nil {
		return nil, err
	}
	lock, err := open(cfg)
	if err != nil {
		return nil, err
	}
	connections := &cuttable{open: map[net.Conn]bool{}}
	listen := func(network, _ string) (net.Listener, error) {
		var err error
		connections.Listener, err = new(net.ListenConfig).Listen(ctx, network, cfg.Listen)
		return connections, err
	}
	cluster, err := kfake.NewCluster(options(cfg, listen)...)
	if err != nil {
		return nil, errors.Join(startError(cfg, err), release(lock))
	}
	b := &Broker{cluster: cluster, lock: lock, address: cluster.ListenAddrs()[0], connections: connections}
	if cfg.DataDir != "" {
		if err := b.reachable(ctx, cfg.Log); err != nil {
			return nil, errors.Join(err, b.Close())
		}
		if err := os.WriteFile(filepath.Join(cfg.DataDir, addressFile), []byte(b.address+"\n"), 0o600); err != nil {
			return nil, errors.Join(fmt.Errorf("kafka: note the address: %w", err), b.Close())
		}
	}
	return b, nil
}

func options(cfg Config, listen func(network, address string) (net.Listener, error)) []kfake.Opt {
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ListenFn(listen),
		kfake.DefaultNumPartitions(1),
		kfake.ClusterID("mart"),
		kfake.WithLogger(brokerLog{cfg.Log}),
	}
	if cfg.DataDir != "" {
		opts = append(opts, kfake.DataDir(cfg.DataDir))
	}
	if cfg.Sync {
		opts = append(opts, kfake.SyncWrites())
	}
	return opts
}

// lockFile keeps a second broker out of a folder.
const lockFile = "mart.lock"

// checkListen refuses an address that the broker could not advertise: Kafka tells its clients where to come back to.
func checkListen(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("kafka: listen address %q is not host:port; try 127.0.0.1:9092", address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("kafka: listen address %q has no valid port; try 127.0.0.1:9092", address)
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		return fmt.Errorf("kafka: listen address %q names no one interface, which clients need to come back to; try 127.0.0.1:%s", address, port)
	}
	return nil
}

// open makes the folder, locks it and mends what is damaged in it. The members of consumer groups that a clean stop wrote down are forgotten: they
// lived in the process that ended, and a new member would wait for them until their session times out.
func open(cfg Config) (*filelock.Lock, error) {
	dir := cfg.DataDir
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("kafka: make data folder: %w", err)
	}
	lock, err := filelock.Try(filepath.Join(dir, lockFile))
	if errors.Is(err, filelock.ErrHeld) {
		return nil, fmt.Errorf("kafka: the data folder %s is in use, %w: stop that one first, or choose another folder", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("kafka: lock data folder: %w", err)
	}
	if err := os.Remove(filepath.Join(dir, "session_state.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("kafka: forget old group members: %w", err), release(lock))
	}
	if err := errors.Join(salvage(dir, cfg.Log), inspect(dir, cfg.Log)); err != nil {
		return nil, errors.Join(err, release(lock))
	}
	return lock, nil
}

func startError(cfg Config, err error) error {
	var listening *net.OpError
	if errors.As(err, &listening) && listening.Op == "listen" {
		return fmt.Errorf("kafka: cannot listen on %s: %w; free the port or choose another", cfg.Listen, listening.Err)
	}
	return fmt.Errorf("kafka: start on the state in %s: %w; move the folder away to start afresh", cfg.DataDir, err)
}

// addressFile is where a broker notes its address, in its folder, for Running. It counts while the broker holds its lock.
const addressFile = "address"

// Running is the address of the broker that runs on the folder dir. Error: ErrNotRunning, or what keeps it from being read.
func Running(dir string) (string, error) {
	address, err := os.ReadFile(filepath.Join(dir, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNotRunning
	}
	if err != nil {
		return "", fmt.Errorf("kafka: %w", err)
	}
	lock, err := filelock.Try(filepath.Join(dir, lockFile))
	switch {
	case errors.Is(err, filelock.ErrHeld):
		return strings.TrimSpace(string(address)), nil
	case err != nil:
		return "", fmt.Errorf("kafka: %w", err)
	}
	return "", errors.Join(ErrNotRunning, lock.Release())
}

// ErrNotRunning is Running's answer where no broker runs.
var ErrNotRunning = errors.New("kafka: no broker runs there")

// Address is host:port, what clients take as their bootstrap broker.
func (b *Broker) Address() string { return b.address }

// Close writes down what is left and stops. Clients see their connections cut.
func (b *Broker) Close() error {
	var err error
	b.closing.Do(func() {
		b.cluster.Close()
		err = release(b.lock)
	})
	return err
}

func release(lock *filelock.Lock) error {
	if lock == nil {
		return nil
	}
	return lock.Release()
}

// brokerLog passes on what the broker finds wrong and drops its chatter.
type brokerLog struct{ log *slog.Logger }

func (l brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	switch level {
	case kfake.LogLevelError:
		l.log.Error("kafka: " + fmt.Sprintf(format, args...))
	case kfake.LogLevelWarn:
		l.log.Warn("kafka: " + fmt.Sprintf(format, args...))
	case kfake.LogLevelNone, kfake.LogLevelInfo, kfake.LogLevelDebug:
	}
}
