package kafkasource

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// counted counts the connections that are open.
type counted struct{ open atomic.Int64 }

func (c *counted) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	return &countedConn{Conn: conn, closed: sync.OnceFunc(func() { c.open.Add(-1) })}, nil
}

type countedConn struct {
	net.Conn
	closed func()
}

func (c *countedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

func TestSink_closesWhatManyLettersAtOnceHaveOpened(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(12, "dead-letters"))
	for round := range 50 {
		var dialer counted
		sink := openSink(t, b, "")
		sink.config.Net.Proxy.Enable, sink.config.Net.Proxy.Dialer = true, &dialer
		var letters sync.WaitGroup
		for n := range 24 {
			letters.Go(func() {
				if code := post(sink, "POST", "{}", append([]string{fmt.Sprintf("ce-key=%d", n)}, validHeaders...)...); code != 202 {
					t.Errorf("a letter was answered %d", code)
				}
			})
		}
		letters.Wait()
		equal(t, "", text(sink.Close()))
		eventually(t, fmt.Sprintf("the connections of round %d to be closed", round), func() bool { return dialer.open.Load() == 0 })
	}
}
