package kafka

import (
	"net"
	"sync"
)

// cuttable is a listener whose connections can all be cut at once.
type cuttable struct {
	net.Listener
	mu   sync.Mutex
	open map[net.Conn]bool
}

func (l *cuttable) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	own := &cuttableConn{Conn: conn, of: l}
	l.open[own] = true
	return own, nil
}

func (l *cuttable) cut() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	cut := len(l.open)
	for conn := range l.open {
		_ = conn.(*cuttableConn).Conn.Close() // it may be closing by itself
	}
	clear(l.open)
	return cut
}

type cuttableConn struct {
	net.Conn
	of *cuttable
}

func (c *cuttableConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// Cut breaks every client's connection, as a network does, and says how many there were. A request under way may be carried out
// and its answer lost. Clients come back by themselves. It is for tests.
func (b *Broker) Cut() int { return b.connections.cut() }
