package db

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onlinemart/mart/events"
)

// neighbours are the other replicas of db. They tell each other what they have decided, by Postgres' NOTIFY and after the commit, so
// that whoever awaits it at another one need not wait for the next look. What is not heard (a lost connection, a pooler in between)
// is found by looking all the same.
type neighbours struct {
	store *Store
	self  string // sent along: Postgres lets a sender hear itself
	there atomic.Bool
	out   chan []identity
}

const (
	channel      = "mart_decided"
	hearing      = "mart-db-hear" // the application_name of whoever listens
	loudest      = 7900           // bytes of a notification; Postgres takes less than 8000
	listenAgain  = time.Second
	countHearing = `select count(*) > 1 from pg_stat_activity where application_name = $1 and datname = current_database()`
)

func newNeighbours(s *Store) *neighbours {
	return &neighbours{store: s, self: events.NewID(), out: make(chan []identity, 256)}
}

// count looks whether there are any: a replica that is alone tells nobody.
func (n *neighbours) count(ctx context.Context) error {
	var any bool
	err := n.store.reads.QueryRow(ctx, countHearing, hearing).Scan(&any)
	n.there.Store(any && err == nil)
	return err
}

// tell says that these are decided. It never waits: when too much is to be said, they look.
func (n *neighbours) tell(keys []identity) {
	if len(keys) == 0 || !n.there.Load() {
		return
	}
	select {
	case n.out <- keys:
	default:
	}
}

// speak sends what is to be told until ctx ends.
func (n *neighbours) speak(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case keys := <-n.out:
			for more := true; more; {
				select {
				case next := <-n.out:
					keys = append(keys, next...)
				default:
					more = false
				}
			}
			if err := n.notify(ctx, keys); err != nil && ctx.Err() == nil {
				n.store.log.Warn("the other replicas were not told; they look for it", "decisions", len(keys), "reason", err)
			}
		}
	}
}

// notify is one transaction, for which nobody needs to wait until it is on the disk.
func (n *neighbours) notify(ctx context.Context, keys []identity) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	batch := &pgx.Batch{}
	batch.Queue("select set_config('synchronous_commit', 'off', true)")
	for _, message := range n.messages(keys) {
		batch.Queue("select pg_notify($1, $2)", channel, message)
	}
	return n.store.writes.SendBatch(ctx, batch).Close()
}

// messages are one decision a line, after a first line with the sender.
func (n *neighbours) messages(keys []identity) (all []string) {
	var b strings.Builder
	for _, k := range keys {
		line := "\n" + k.source + " " + k.id
		if b.Len() > 0 && b.Len()+len(line) > loudest {
			all = append(all, b.String())
			b.Reset()
		}
		if b.Len() == 0 {
			b.WriteString(n.self)
		}
		b.WriteString(line)
	}
	return append(all, b.String())
}

// parse reads a message. One's own has no keys.
func (n *neighbours) parse(message string) (keys []identity) {
	from, lines, _ := strings.Cut(message, "\n")
	if from == n.self {
		return nil
	}
	for line := range strings.Lines(lines) {
		source, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		keys = append(keys, identity{source, id})
	}
	return keys
}

// listen hears the others until ctx ends, and wakes whoever awaits what they have decided.
func (n *neighbours) listen(ctx context.Context) {
	for {
		err := n.hear(ctx)
		if ctx.Err() != nil {
			return
		}
		n.store.log.Debug("the other replicas are not heard; trying again", "reason", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(listenAgain):
		}
	}
}

// hear returns when the connection, which is its own, is lost or ctx ends.
func (n *neighbours) hear(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, quiet(n.store.reads))
	if err != nil {
		return fmt.Errorf("connect to hear the other replicas: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing is left to be said on it
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		said, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("hear the other replicas: %w", err)
		}
		if keys := n.store.waiters.awaited(n.parse(said.Payload)); len(keys) > 0 {
			n.store.look(ctx, keys)
		}
	}
}

// quiet is how the connection for listening is set up.
func quiet(like *pgxpool.Pool) *pgx.ConnConfig {
	config := like.Config().ConnConfig.Copy()
	config.RuntimeParams["application_name"] = hearing
	return config
}
