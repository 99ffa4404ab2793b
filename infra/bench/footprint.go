package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/infra/poll"
)

// footprint is what a mart has taken up to a moment.
type footprint struct {
	wal       int64         // bytes that Postgres ever wrote ahead
	processor time.Duration // of the mart's own process
}

func (r *run) footprint(ctx context.Context) (f footprint, err error) {
	if r.at.pid != 0 {
		if f.processor, err = processorTime(r.at.pid); err != nil && !errors.Is(err, errNoProc) {
			return f, err
		}
	}
	err = r.asOwner(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint`).Scan(&f.wal)
	})
	return f, err
}

func (r *run) asOwner(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, r.at.database.Owner)
	if err == nil {
		defer func() { _ = conn.Close(ctx) }() // what it did is done
		err = do(conn)
	}
	if err != nil {
		return fmt.Errorf("look at the database: %w", err)
	}
	return nil
}

// Before purchases the tables are written anew, so that none of them hides in space that others have left; afterwards only what is dead is
// given back.
const (
	compact = "vacuum full "
	tidy    = "vacuum "
)

// disk is what the tables take with their indexes, after a vacuum of one kind or the other.
func (r *run) disk(ctx context.Context, vacuum string) (bytes int64, err error) {
	err = r.asOwner(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'`)
		if err != nil {
			return err
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, vacuum+strings.Join(tables, ", ")); err != nil {
			return err
		}
		return conn.QueryRow(ctx, `
			select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
			from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'r'`).Scan(&bytes)
	})
	return bytes, err
}

// ownTopics begin so, and so do the consumer groups of the functions.
const ownTopics = "mart."

// passage is how far Kafka's partitions and the functions' consumers are.
type passage struct {
	ends   map[part]int64
	groups map[string]map[part]int64
}

type part struct {
	topic     string
	partition int32
}

func (p passage) records() (sum int64) {
	for _, end := range p.ends {
		sum += end
	}
	return sum
}

// groupOfDB is the consumer group of db, which receives commands alone.
const groupOfDB = ownTopics + "db"

// delivered is how many records a group is done with; "": all of them, each for itself.
func (p passage) delivered(group string) (sum int64) {
	for name, at := range p.groups {
		if group != "" && group != name {
			continue
		}
		for _, offset := range at {
			sum += offset
		}
	}
	return sum
}

// waiting is how many records that came after before are still to be delivered. A group reads the topics of which it has read something.
func (p passage) waiting(before passage) (sum int64) {
	for _, at := range p.groups {
		reads := map[string]bool{}
		for part := range at {
			reads[part.topic] = true
		}
		for part, end := range p.ends {
			if reads[part.topic] && end > before.ends[part] {
				sum += max(0, end-max(at[part], 0))
			}
		}
	}
	return sum
}

func (r *run) readPassage(ctx context.Context) (passage, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(r.at.kafka...))
	if err != nil {
		return passage{}, fmt.Errorf("look at Kafka: %w", err)
	}
	defer client.Close()
	return passageOf(ctx, kadm.NewClient(client))
}

func passageOf(ctx context.Context, admin *kadm.Client) (passage, error) {
	p := passage{ends: map[part]int64{}, groups: map[string]map[part]int64{}}
	ends, err := admin.ListEndOffsets(ctx)
	if err = errors.Join(err, ends.Error()); err != nil {
		return p, fmt.Errorf("read the topics' ends: %w", err)
	}
	ends.Each(func(o kadm.ListedOffset) {
		if strings.HasPrefix(o.Topic, ownTopics) {
			p.ends[part{o.Topic, o.Partition}] = o.Offset
		}
	})
	groups, err := admin.ListGroups(ctx)
	if err != nil {
		return p, fmt.Errorf("list the consumer groups: %w", err)
	}
	for _, name := range groups.Groups() {
		if !strings.HasPrefix(name, ownTopics) {
			continue
		}
		offsets, err := admin.FetchOffsets(ctx, name)
		if err != nil {
			return p, fmt.Errorf("read how far %s is: %w", name, err)
		}
		p.groups[name] = map[part]int64{}
		offsets.Each(func(o kadm.OffsetResponse) {
			if o.At >= 0 {
				p.groups[name][part{o.Topic, o.Partition}] = o.At
			}
		})
	}
	return p, nil
}

// The test provider tells of a payment a quarter of a second later; what that leads to is part of the purchase, too.
const quietFor = 700 * time.Millisecond

// awaitQuiet waits until nothing new has come to Kafka for a while and, when all is asked for, every record since before was delivered: the consumers
// note what is done every few seconds. Error: also when a consumer is stuck.
func (r *run) awaitQuiet(ctx context.Context, before passage, all bool) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var last, waiting int64
	since := time.Now()
	err := poll.Until(ctx, 100*time.Millisecond, func(ctx context.Context) (bool, error) {
		now, err := r.readPassage(ctx)
		if err != nil {
			return false, err
		}
		waiting = now.waiting(before)
		if now.records() != last || all && waiting > 0 {
			last, since = now.records(), time.Now()
		}
		return time.Since(since) > quietFor, nil
	})
	if err != nil {
		return fmt.Errorf("wait for quiet, with %d records not delivered: %w", waiting, err)
	}
	return nil
}
