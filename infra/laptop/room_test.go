package laptop

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The broker of a laptop keeps no more than there is room for, however much is bought.
func TestTheBrokerKeepsTheNewestRecordsOnly(t *testing.T) {
	t.Parallel()
	const keep, brands = 1, 60
	m := startMart(t, Config{
		Data: pgtest.Folder(t), LogLevel: "error", Empty: true,
		Room: kafka.Room{Records: keep, Segment: 1 << 20, Every: 50 * time.Millisecond},
	})
	defer stopMart(t, m)
	owner, err := m.OwnerClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := range brands {
		if _, err := client.Post[client.Brand](t.Context(), owner, "/brands", map[string]string{"name": "Brand " + strconv.Itoa(n)}); err != nil {
			t.Fatal(err)
		}
	}
	within, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for {
		written, kept := recordsOn(within, t, m.Kafka)
		if written < brands {
			t.Fatalf("%d records were ever written, want %d commands at least", written, brands)
		}
		if topics := int64(len(m.topics())); kept <= topics*partitions*keep {
			return
		}
		select {
		case <-within.Done():
			t.Fatalf("of %d records %d are kept", written, kept)
		case <-time.After(100 * time.Millisecond): // consumers say every few seconds what they are done with
		}
	}
}

// recordsOn counts what was ever written to the topics of a mart, and what is kept.
func recordsOn(ctx context.Context, t *testing.T, brokers []string) (written, kept int64) {
	t.Helper()
	connection, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	admin := kadm.NewClient(connection)
	starts, err := admin.ListStartOffsets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ends, err := admin.ListEndOffsets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(end.Topic, end.Partition)
		written += end.Offset
		kept += end.Offset - start.Offset
	})
	return written, kept
}
