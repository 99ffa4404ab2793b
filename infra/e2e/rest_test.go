package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// restPatience is how long a storm may take to come to rest. It is no measure of anything: a record whose delivery has failed seven
// times waits 26 s for the next.
const restPatience = 3 * time.Minute

// standing is where everything stands at one moment.
type standing struct {
	committed map[string]kadm.OffsetResponses // by consumer group; read before ends
	ends      kadm.ListedOffsets              // of every topic
	undone    []string                        // what is not at rest
	onTheWay  []string                        // that part of it which is still being delivered
}

// settled waits for rest, at most so long, and gives the last look: with nothing undone, or with what is.
//
// At rest the groups have committed all that is in the topics, nothing new has come while that was looked at, no delivery is about to be
// repeated, and the database has nothing open. What a delivery leads to is in the topics before its offset is committed, so nothing is
// under way then.
func (s *storm) settled(conn *pgx.Conn, patience time.Duration) (standing, error) {
	return s.awaited(conn, patience, func(now standing) bool { return len(now.undone) == 0 })
}

// awaited looks until a look is as it is wanted, at most so long, and gives the last look.
func (s *storm) awaited(conn *pgx.Conn, patience time.Duration, wanted func(standing) bool) (standing, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.own.Kafka...))
	if err != nil {
		return standing{}, fmt.Errorf("connect to Kafka: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	deadline := time.Now().Add(patience)
	for {
		now, err := s.look(admin, conn)
		if over := time.Now().After(deadline) || s.ctx.Err() != nil; over || err == nil && wanted(now) {
			return now, err
		}
		time.Sleep(50 * time.Millisecond) // a poll with a deadline
	}
}

// delivered waits until all records have been delivered or given up, whatever the database thinks of it.
func (s *storm) delivered(t *testing.T) {
	t.Helper()
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(s.ctx) }()
	now, err := s.awaited(conn, restPatience, func(now standing) bool { return len(now.onTheWay) == 0 })
	if err != nil || len(now.onTheWay) > 0 {
		t.Fatalf("not delivered: %q, %v", now.onTheWay, err)
	}
}

// notQuiescent waits for rest, at most so long, and tells what has not come to it.
func (s *storm) notQuiescent(conn *pgx.Conn, patience time.Duration) []string {
	now, err := s.settled(conn, patience)
	if err != nil {
		return append(now.undone, err.Error())
	}
	return now.undone
}

// look sees where everything stands. Error: Kafka does not answer.
func (s *storm) look(admin *kadm.Client, conn *pgx.Conn) (standing, error) {
	var now standing
	before, err := s.topicEnds(admin)
	if err != nil {
		return now, err
	}
	now.committed = map[string]kadm.OffsetResponses{}
	for name, fetched := range admin.FetchManyOffsets(s.ctx, slices.Collect(maps.Keys(groups(s.cfg)))...) {
		if fetched.Err != nil {
			return now, fmt.Errorf("read what the group %s has committed: %w", name, fetched.Err)
		}
		now.committed[name] = fetched.Fetched
	}
	open := dbtest.AtRest(s.ctx, conn)
	if now.ends, err = s.topicEnds(admin); err != nil {
		return now, err
	}
	now.onTheWay = append(s.undelivered(now), s.retries.all()...)
	now.ends.Each(func(end kadm.ListedOffset) {
		if was, _ := before.Lookup(end.Topic, end.Partition); was.Offset != end.Offset {
			now.onTheWay = append(now.onTheWay, fmt.Sprintf("%s/%d has grown from %d to %d", end.Topic, end.Partition, was.Offset, end.Offset))
		}
	})
	now.undone = append(open, now.onTheWay...)
	return now, nil
}

// undelivered is what the groups have not said that they are done with.
func (s *storm) undelivered(now standing) (found []string) {
	for name, topics := range groups(s.cfg) {
		for _, end := range now.ends.Offsets().Sorted() {
			if done := s.passed(now, name, end.Topic, end.Partition); topics[end.Topic] && done < end.At {
				found = append(found, fmt.Sprintf("the group %s has %d records of %s/%d to do, from %d on", name, end.At-done, end.Topic, end.Partition, done))
			}
		}
	}
	return found
}

func (s *storm) topicEnds(admin *kadm.Client) (kadm.ListedOffsets, error) {
	ends, err := admin.ListEndOffsets(s.ctx, topicsIn(s.cfg)...)
	if err = errors.Join(err, ends.Error()); err != nil {
		return nil, fmt.Errorf("read the topics' ends: %w", err)
	}
	return ends, nil
}

// passed is the offset from which on a group has not said that it is done; a group that has never said so begins at the start.
func (s *storm) passed(now standing, group, topic string, partition int32) int64 {
	if o, said := now.committed[group].Lookup(topic, partition); said && o.At >= 0 {
		return o.At
	}
	return max(0, s.startAt[topic][partition].EpochOffset().Offset)
}

// handled tells whether all copies of a command count as done, so that it will not come again.
func (s *storm) handled(now standing, copies []*kgo.Record) bool {
	return !slices.ContainsFunc(copies, func(r *kgo.Record) bool {
		return r.Offset >= s.passed(now, "mart."+string(events.DB), r.Topic, r.Partition)
	})
}

// where tells all that is known of a command's records.
func (s *storm) where(now standing, copies []*kgo.Record, letters []*kgo.Record) string {
	var all []string
	for _, r := range copies {
		all = append(all, fmt.Sprintf("%s/%d at %d, committed up to %d, %s", r.Topic, r.Partition, r.Offset,
			s.passed(now, "mart."+string(events.DB), r.Topic, r.Partition), s.retries.of(r.Topic, r.Partition, r.Offset)))
	}
	for _, l := range letters {
		all = append(all, fmt.Sprintf("a dead letter at %d:%d: %s", l.Partition, l.Offset, reason(l)))
	}
	if len(letters) == 0 {
		all = append(all, "no dead letter")
	}
	return strings.Join(append(all, "not in the journal"), "; ")
}

// decisions reads from the journal which commands have been decided, how often, and whether in silence.
func decisions(ctx context.Context, conn *pgx.Conn) (decided map[string]int, quiet map[string]bool, err error) {
	decided, quiet = map[string]int{}, map[string]bool{}
	rows, err := conn.Query(ctx, "select id::text, results = '' from journal")
	if err != nil {
		return nil, nil, err
	}
	var id string
	var silent bool // what changes nothing, such as a claim that came second, has nothing to say
	_, err = pgx.ForEachRow(rows, []any{&id, &silent}, func() error {
		quiet[id] = silent
		decided[id]++
		return nil
	})
	return decided, quiet, err
}
