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

// delayProxy passes connections to a Postgres on, and every byte some time later: as far away as most databases are.
type delayProxy struct {
	dsn      string // of the same database, by way of the proxy
	network  string
	to       string
	delay    time.Duration
	tap      *tap // hears what is said; nil: nobody listens
	listener net.Listener
	working  sync.WaitGroup
}

func slow(ctx context.Context, dsn string, delay time.Duration) (*delayProxy, error) {
	return proxyTo(ctx, dsn, delay, nil)
}

// proxyTo is slow with somebody who listens.
func proxyTo(ctx context.Context, dsn string, delay time.Duration, t *tap) (*delayProxy, error) {
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
	p := &delayProxy{delay: delay, tap: t, listener: listener}
	p.network, p.to = pgconn.NetworkAddress(to.Host, to.Port)
	options := address.Query()
	options.Del("host")
	options.Del("port")
	options.Set("sslmode", "disable") // it is this machine's
	address.Host, address.RawQuery = listener.Addr().String(), options.Encode()
	p.dsn = address.String()
	p.working.Go(p.accept)
	return p, nil
}

func (p *delayProxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		far, err := net.Dial(p.network, p.to)
		if err != nil {
			_ = near.Close() // the client sees it
			continue
		}
		asked, answered := p.tap.connection()
		p.working.Go(func() { p.pass(far, near, asked) })
		p.working.Go(func() { p.pass(near, far, answered) })
	}
}

type chunk struct {
	due   time.Time
	bytes []byte
}

// pass copies until one side closes; what is under way arrives first. Whoever listens hears a byte before it goes on.
func (p *delayProxy) pass(to, from net.Conn, hear func([]byte)) {
	underWay := make(chan chunk, 1024)
	p.working.Go(func() {
		defer func() { _ = to.Close() }()
		for c := range underWay {
			time.Sleep(time.Until(c.due))
			if _, err := to.Write(c.bytes); err != nil {
				_, _ = io.Copy(io.Discard, from)
			}
		}
	})
	defer close(underWay)
	for {
		buffer := make([]byte, 16<<10)
		n, err := from.Read(buffer)
		if n > 0 {
			hear(buffer[:n])
			underWay <- chunk{time.Now().Add(p.delay), buffer[:n]}
		}
		if err != nil {
			return
		}
	}
}

func (p *delayProxy) close() {
	_ = p.listener.Close()
	p.working.Wait()
}
