package inbox

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

// replicas are the other replicas of db. They tell each other what they have decided, by Postgres' NOTIFY and after the commit, so
// that whoever awaits it at another one need not wait for the next poll. What does not arrive (a lost connection, a pooler in between)
// is found by the poll all the same.
type replicas struct {
	store    *Store
	self     string // sent along: Postgres notifies the sender, too
	present  atomic.Bool
	outgoing chan []string // lines
}

const (
	channel        = "mart_decided"
	listener       = "mart-db-hear" // the application_name of a connection that listens; another would not be found by replicas of the last release
	maxPayload     = 7900           // bytes of a notification; Postgres takes less than 8000
	listenRetry    = time.Second
	countListeners = `select count(*) > 1 from pg_stat_activity where application_name = $1 and datname = current_database()`
)

func newReplicas(s *Store) *replicas {
	return &replicas{store: s, self: events.NewID(), outgoing: make(chan []string, 256)}
}

// count looks whether there are any: a replica that is alone notifies nobody.
func (n *replicas) count(ctx context.Context) error {
	var any bool
	err := n.store.Reads.QueryRow(ctx, countListeners, listener).Scan(&any)
	n.present.Store(any && err == nil)
	return err
}

// notify says that these are decided. It never waits: what is too much is left to their poll.
func (n *replicas) notify(keys []identity) {
	lines := make([]string, len(keys))
	for i, k := range keys {
		lines[i] = k.line()
	}
	n.tell(lines)
}

// notifyLeftOut says that these are left out, where they are awaited by their log-ins.
func (n *replicas) notifyLeftOut(commands []leftOut) {
	lines := make([]string, len(commands))
	for i, c := range commands {
		lines[i] = c.line() + " " + c.session
	}
	n.tell(lines)
}

// line is a command as the others are told of it. A replica of the release before, which takes all behind the source for the id, knows of none whose line says more.
func (i identity) line() string { return i.source + " " + i.id }

func (n *replicas) tell(lines []string) {
	if len(lines) == 0 || !n.present.Load() {
		return
	}
	select {
	case n.outgoing <- lines:
	default:
	}
}

// notifyLoop sends what is to be told until ctx ends.
func (n *replicas) notifyLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case lines := <-n.outgoing:
			for more := true; more; {
				select {
				case next := <-n.outgoing:
					lines = append(lines, next...)
				default:
					more = false
				}
			}
			if err := n.send(ctx, lines); err != nil && ctx.Err() == nil {
				n.store.Log.Warn("the other replicas were not told; they look for it", "decisions", len(lines), "reason", err)
			}
		}
	}
}

// send is one transaction, for which nobody needs to wait until it is on the disk.
func (n *replicas) send(ctx context.Context, lines []string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	batch := &pgx.Batch{}
	batch.Queue("select set_config('synchronous_commit', 'off', true)")
	for _, message := range n.messages(lines) {
		batch.Queue("select pg_notify($1, $2)", channel, message)
	}
	return n.store.Writes.SendBatch(ctx, batch).Close()
}

// messages are one decision a line, after a first line with the sender.
func (n *replicas) messages(lines []string) (all []string) {
	var b strings.Builder
	for _, line := range lines {
		line = "\n" + line
		if b.Len() > 0 && b.Len()+len(line) > maxPayload {
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

// parse reads a message: what is decided, and what is left out. One's own has neither.
func (n *replicas) parse(message string) (keys []identity, out []leftOut) {
	from, lines, _ := strings.Cut(message, "\n")
	if from == n.self {
		return nil, nil
	}
	for line := range strings.Lines(lines) {
		source, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		id, session, isOut := strings.Cut(id, " ")
		if isOut {
			out = append(out, leftOut{identity{source, id}, session})
			continue
		}
		keys = append(keys, identity{source, id})
	}
	return keys, out
}

// listen receives what the others notify until ctx ends, and wakes whoever awaits what they have decided.
func (n *replicas) listen(ctx context.Context) {
	for {
		err := n.receive(ctx)
		if ctx.Err() != nil {
			return
		}
		n.store.Log.Debug("listening to the other replicas was interrupted; trying again", "reason", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(listenRetry):
		}
	}
}

// receive returns when the connection, which is its own, is lost or ctx ends.
func (n *replicas) receive(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, listenConfig(n.store.Reads))
	if err != nil {
		return fmt.Errorf("connect to listen to the other replicas: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing is left to be said on it
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		notification, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen to the other replicas: %w", err)
		}
		decided, out := n.parse(notification.Payload)
		for _, one := range out {
			n.store.waiters.leftOut(one, n.store.Accounts.ErrOver)
		}
		if keys := n.store.waiters.awaited(decided); len(keys) > 0 {
			n.store.poll(ctx, keys)
		}
	}
}

// listenConfig is how the connection for listening is set up.
func listenConfig(like *pgxpool.Pool) *pgx.ConnConfig {
	config := like.Config().ConnConfig.Copy()
	config.RuntimeParams["application_name"] = listener
	return config
}
