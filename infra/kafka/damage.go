package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/onlinemart/mart/events/bus"
)

// The broker cuts a damaged file where the damage begins. What that means for a mart is found, said and mended here: before the start in the
// files, after it in the offsets.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// salvage keeps every whole entry of the log of group offsets. The broker would read none behind a damaged one, not even those that it
// writes from now on, and so set the offsets back at every start. What was damaged is kept beside it.
func salvage(dir string, log *slog.Logger) error {
	path := filepath.Join(dir, "groups.log")
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("kafka: read the offsets: %w", err)
	}
	whole, damaged, torn := wholeEntries(raw)
	if damaged == 0 && !torn {
		return nil
	}
	if damaged > 0 {
		if err := os.WriteFile(path+".damaged", raw, 0o600); err != nil {
			return fmt.Errorf("kafka: keep the damaged offsets: %w", err)
		}
		log.Warn("kafka: the file of offsets is damaged and was mended: some offsets may be set back, and what was delivered since is delivered again, which does nothing twice",
			"file", path, "bytes lost", damaged, "kept as", path+".damaged")
	}
	if err := os.WriteFile(path+".mended", whole, 0o600); err != nil {
		return fmt.Errorf("kafka: mend the offsets: %w", err)
	}
	if err := os.Rename(path+".mended", path); err != nil {
		return fmt.Errorf("kafka: mend the offsets: %w", err)
	}
	return nil
}

// entryHead is what stands before an entry's version and data: their length and their checksum, least byte first.
const entryHead = 8

// wholeEntries copies the entries of an append-only log that can be read, and counts the bytes between them. torn tells that the last one was
// being written when the process ended, which damages nothing.
func wholeEntries(raw []byte) (whole []byte, damaged int, torn bool) {
	gap := 0
	for at := 0; at < len(raw); {
		size := entryAt(raw[at:])
		if size == 0 {
			at, gap = at+1, gap+1
			continue
		}
		whole, damaged, gap = append(whole, raw[at:at+size]...), damaged+gap, 0
		at += size
	}
	if gap == 0 {
		return whole, damaged, false
	}
	rest := raw[len(raw)-gap:]
	if len(rest) < entryHead || entryHead+int(binary.LittleEndian.Uint32(rest)) > len(rest) {
		return whole, damaged, true
	}
	return whole, damaged + gap, false
}

// entryAt is the size of the entry that raw begins with, or 0.
func entryAt(raw []byte) int {
	if len(raw) < entryHead+2 {
		return 0
	}
	length := int(binary.LittleEndian.Uint32(raw))
	if length < 2 || length > len(raw)-entryHead {
		return 0
	}
	if crc32.Checksum(raw[entryHead:entryHead+length], castagnoli) != binary.LittleEndian.Uint32(raw[4:]) {
		return 0
	}
	return entryHead + length
}

// Where a batch has its length and its checksum, most byte first, where what the checksum is of begins, and how many records come after its
// first one. Source: Kafka's record batch.
const (
	batchLength = 8
	batchHead   = 12
	batchSum    = 17
	batchBody   = 21
	batchLast   = 23
	batchLeast  = 27
)

// inspect cuts every damaged segment where the damage begins, keeps it whole beside it and says what is lost. The broker looks at the checksum
// alone, which does not cover a batch's offset.
func inspect(dir string, log *slog.Logger) error {
	segments, err := filepath.Glob(filepath.Join(dir, "partitions", "*", "*.dat"))
	if err != nil {
		return fmt.Errorf("kafka: list the segments: %w", err)
	}
	for _, segment := range segments {
		raw, err := os.ReadFile(segment)
		if err != nil {
			return fmt.Errorf("kafka: read a segment: %w", err)
		}
		base, err := strconv.ParseInt(strings.TrimSuffix(filepath.Base(segment), ".dat"), 10, 64)
		if err != nil {
			continue // nothing that the broker reads
		}
		good, torn := wholeBatches(raw, base)
		if good == len(raw) || torn {
			continue
		}
		if err := os.WriteFile(segment+".damaged", raw, 0o600); err != nil {
			return fmt.Errorf("kafka: keep a damaged segment: %w", err)
		}
		log.Warn("kafka: a segment is damaged and is cut there: what it held behind and nobody had handled is lost. Restore the data folder from a backup if you have one",
			"file", segment, "bytes lost", len(raw)-good, "kept as", segment+".damaged")
		if err := os.Truncate(segment, int64(good)); err != nil {
			return fmt.Errorf("kafka: cut a damaged segment: %w", err)
		}
	}
	return nil
}

// wholeBatches is how many bytes can be read of a segment that begins with the offset next. torn tells that the rest was being written when the
// process ended.
func wholeBatches(raw []byte, next int64) (good int, torn bool) {
	for good < len(raw) {
		rest := raw[good:]
		if len(rest) < batchHead {
			return good, true
		}
		size := batchHead + int(binary.BigEndian.Uint32(rest[batchLength:]))
		if size > len(rest) {
			return good, true
		}
		if size < batchLeast || int64(binary.BigEndian.Uint64(rest)) != next ||
			crc32.Checksum(rest[batchBody:size], castagnoli) != binary.BigEndian.Uint32(rest[batchSum:]) {
			return good, false
		}
		next += int64(binary.BigEndian.Uint32(rest[batchLast:])) + 1
		good += size
	}
	return good, false
}

// reachable sets every group's offset that lies beyond its partition's end back to that end: a group that waits there would never be given what
// is written next.
func (b *Broker) reachable(ctx context.Context, log *slog.Logger) error {
	client, err := Connect(ctx, bus.KafkaConfig{Brokers: []string{b.address}})
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	groups, err := admin.ListGroups(ctx)
	if err != nil {
		return fmt.Errorf("kafka: list the groups: %w", err)
	}
	ends, err := admin.ListEndOffsets(ctx)
	if err != nil {
		return fmt.Errorf("kafka: list the ends: %w", err)
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		committed, err := admin.FetchOffsets(ctx, group)
		if err != nil {
			return fmt.Errorf("kafka: read the offsets of %s: %w", group, err)
		}
		mended := make(kadm.Offsets)
		committed.Each(func(o kadm.OffsetResponse) {
			end, known := ends.Lookup(o.Topic, o.Partition)
			if o.Err != nil || !known || end.Err != nil || o.At <= end.Offset {
				return
			}
			mended.AddOffset(o.Topic, o.Partition, end.Offset, -1)
			log.Warn("kafka: a group's offset lay beyond the end of its partition, which has lost records, and was set to that end", "group", group,
				"topic", o.Topic, "partition", o.Partition, "offset", o.At, "end", end.Offset)
		})
		if len(mended) == 0 {
			continue
		}
		if err := admin.CommitAllOffsets(ctx, group, mended); err != nil {
			return fmt.Errorf("kafka: mend the offsets of %s: %w", group, err)
		}
	}
	return nil
}
