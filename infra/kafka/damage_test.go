package kafka_test

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/kafka"
)

// startSaying starts a broker and gives what it had to say.
func startSaying(t *testing.T, dir string) (*kafka.Broker, string) {
	t.Helper()
	var said bytes.Buffer
	broker, err := kafka.Start(t.Context(), kafka.Config{DataDir: dir, Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() }) // a test may have closed it before
	return broker, said.String()
}

// kept is a folder in which a group has read 20 records of one partition, after a clean stop.
func kept(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	broker, said := startSaying(t, dir)
	if said != "" {
		t.Errorf("a first start says %s", said)
	}
	ensure(t, broker.Address(), kafka.Topic{Name: "orders", Partitions: 1})
	produce(t, broker.Address(), "orders", 0, 20)
	consume(t, broker.Address(), "shop", "orders", 20)
	closeBroker(t, broker)
	return dir
}

func closeBroker(t *testing.T, broker *kafka.Broker) {
	t.Helper()
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}
}

// segment is the one segment of the one partition.
func segment(dir string) string { return filepath.Join(dir, "partitions", "orders-0", "0.dat") }

func change(t *testing.T, path string, how func([]byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, how(raw), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flip(at func([]byte) int) func([]byte) []byte {
	return func(raw []byte) []byte {
		raw[at(raw)] ^= 0x7f
		return raw
	}
}

// afterFirstBatch is the place of a byte of the second batch.
func afterFirstBatch(n int) func([]byte) int {
	return func(raw []byte) int { return 12 + int(binary.BigEndian.Uint32(raw[8:])) + n }
}

// A group whose offset lies beyond what is left of its partition is given what is written next.
func TestALostEndOfAPartition(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		damage func([]byte) []byte
		cut    bool // somebody ought to know
	}{
		"a record is damaged":  {flip(afterFirstBatch(60)), true},
		"a length is damaged":  {flip(afterFirstBatch(11)), true},
		"an offset is damaged": {flip(afterFirstBatch(6)), true},
		"half is missing":      {func(raw []byte) []byte { return raw[:len(raw)/2-5] }, false},
		"all is missing":       {func([]byte) []byte { return nil }, false},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			dir := kept(t)
			before, err := os.ReadFile(segment(dir))
			if err != nil {
				t.Fatal(err)
			}
			change(t, segment(dir), c.damage)
			broker, said := startSaying(t, dir)
			if !strings.Contains(said, "a group's offset lay beyond the end of its partition") || !strings.Contains(said, "group=shop") || !strings.Contains(said, "offset=20") {
				t.Errorf("it says %s", said)
			}
			if strings.Contains(said, "a segment is damaged") != c.cut {
				t.Errorf("it says %s", said)
			}
			if _, err := os.Stat(segment(dir) + ".damaged"); (err == nil) != c.cut {
				t.Errorf("the damaged segment is kept: %v", err)
			}
			next := produce(t, broker.Address(), "orders", 20, 5)
			if diff := cmp.Diff(next, consume(t, broker.Address(), "shop", "orders", 5)); diff != "" {
				t.Errorf("what was written next (-want +got):\n%s", diff)
			}
			closeBroker(t, broker)
			if _, said := startSaying(t, dir); said != "" {
				t.Errorf("mended, and the next start says %s", said)
			}
			if len(before) == 0 {
				t.Error("there was no segment to damage")
			}
		})
	}
}

// A damaged entry in the file of offsets takes none of the others with it, least of all those that are written afterwards.
func TestADamagedFileOfOffsets(t *testing.T) {
	t.Parallel()
	dir := kept(t)
	offsets := filepath.Join(dir, "groups.log")
	change(t, offsets, flip(func([]byte) int { return 12 })) // in the first entry
	broker, said := startSaying(t, dir)
	if !strings.Contains(said, "the file of offsets is damaged and was mended") || strings.Contains(said, "discarding") {
		t.Errorf("it says %s", said)
	}
	if _, err := os.Stat(offsets + ".damaged"); err != nil {
		t.Error(err)
	}
	produce(t, broker.Address(), "orders", 20, 5)
	consume(t, broker.Address(), "shop", "orders", 5)
	closeBroker(t, broker)
	again, said := startSaying(t, dir)
	if said != "" {
		t.Errorf("mended, and the next start says %s", said)
	}
	next := produce(t, again.Address(), "orders", 25, 3)
	if diff := cmp.Diff(next, consume(t, again.Address(), "shop", "orders", 3)); diff != "" {
		t.Errorf("the offsets that were committed after the damage (-want +got):\n%s", diff)
	}
}

// What a killed broker had half written is no damage.
func TestATornEntryIsNoDamage(t *testing.T) {
	t.Parallel()
	dir := kept(t)
	for _, path := range []string{filepath.Join(dir, "groups.log")} {
		change(t, path, func(raw []byte) []byte { return append(raw, raw[:11]...) })
	}
	broker, said := startSaying(t, dir)
	if said != "" {
		t.Errorf("it says %s", said)
	}
	next := produce(t, broker.Address(), "orders", 20, 3)
	if diff := cmp.Diff(next, consume(t, broker.Address(), "shop", "orders", 3)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
