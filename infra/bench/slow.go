package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// slowLine passes connections to a Postgres on, and every byte some time later: as far away as most databases are.
type slowLine struct {
	dsn      string // of the same database, by way of the line
	network  string
	to       string
	delay    time.Duration
	tap      *tap // hears what is said; nil: nobody listens
	listener net.Listener
	working  sync.WaitGroup
}

func slow(ctx context.Context, dsn string, delay time.Duration) (*slowLine, error) {
	return lineTo(ctx, dsn, delay, nil)
}

// lineTo is slow with somebody who listens.
func lineTo(ctx context.Context, dsn string, delay time.Duration, t *tap) (*slowLine, error) {
	to, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("slow the database down: %w", err)
	}
	address, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("slow the database down: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("slow the database down: %w", err)
	}
	l := &slowLine{delay: delay, tap: t, listener: listener}
	l.network, l.to = pgconn.NetworkAddress(to.Host, to.Port)
	options := address.Query()
	options.Del("host")
	options.Del("port")
	options.Set("sslmode", "disable") // it is this machine's
	address.Host, address.RawQuery = listener.Addr().String(), options.Encode()
	l.dsn = address.String()
	l.working.Go(l.accept)
	return l, nil
}

func (l *slowLine) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return // closed
		}
		far, err := net.Dial(l.network, l.to)
		if err != nil {
			_ = near.Close() // the client sees it
			continue
		}
		asked, answered := l.tap.connection()
		l.working.Go(func() { l.pass(far, near, asked) })
		l.working.Go(func() { l.pass(near, far, answered) })
	}
}

type chunk struct {
	due   time.Time
	bytes []byte
}

// pass copies until one side closes; what is under way arrives first. Whoever listens hears a byte before it goes on.
func (l *slowLine) pass(to, from net.Conn, hear func([]byte)) {
	line := make(chan chunk, 1024)
	l.working.Go(func() {
		defer func() { _ = to.Close() }()
		for c := range line {
			time.Sleep(time.Until(c.due))
			if _, err := to.Write(c.bytes); err != nil {
				_, _ = io.Copy(io.Discard, from)
			}
		}
	})
	defer close(line)
	for {
		buffer := make([]byte, 16<<10)
		n, err := from.Read(buffer)
		if n > 0 {
			hear(buffer[:n])
			line <- chunk{time.Now().Add(l.delay), buffer[:n]}
		}
		if err != nil {
			return
		}
	}
}

func (l *slowLine) close() {
	_ = l.listener.Close()
	l.working.Wait()
}
