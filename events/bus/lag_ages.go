package bus

import (
	"fmt"
	"time"

	"github.com/IBM/sarama"
)

const (
	peekBytes    = 32 << 10 // of a partition: a few records; how old is not known of one that is larger
	peekAllBytes = 4 << 20  // of all of them
	peekWait     = 100      // ms, where nothing is there to be read
)

// ages reads when the oldest of what waits was written: a record of each partition of which something waits.
func (l *lagReader) ages() error {
	firsts := map[partition]map[int64]bool{} // offsets, because sources are at different places
	for at, from := range l.behind {
		if firsts[at.partition] == nil {
			firsts[at.partition] = map[int64]bool{}
		}
		firsts[at.partition][from] = true
	}
	if len(firsts) == 0 {
		return nil
	}
	for leader, partitions := range l.asked {
		for { // as often as sources are at different places of a partition
			request, asked := &sarama.FetchRequest{Version: 4, MinBytes: 1, MaxBytes: peekAllBytes, MaxWaitTime: peekWait}, map[partition]int64{}
			for _, p := range partitions {
				for from := range firsts[p] {
					request.AddBlock(p.topic, p.number, from, peekBytes, -1)
					asked[p] = from
					delete(firsts[p], from)
					break
				}
			}
			if len(asked) == 0 {
				break
			}
			response, err := leader.Fetch(request)
			if err != nil {
				return fmt.Errorf("ask Kafka for the oldest of what waits: %w", err)
			}
			for p, from := range asked {
				l.note(p, from, writtenAt(response.GetBlock(p.topic, p.number), from))
			}
		}
	}
	return nil
}

// note says of every source that is at this place since when its topic waits.
func (l *lagReader) note(p partition, from int64, at time.Time) {
	if at.IsZero() {
		return
	}
	for i := range l.lags {
		if first, behind := l.behind[place{i, p}]; !behind || first != from {
			continue
		}
		for n := range l.lags[i].Topics {
			if t := &l.lags[i].Topics[n]; t.Topic == p.topic && (t.Since.IsZero() || at.Before(t.Since)) {
				t.Since = at
			}
		}
	}
}

// writtenAt is when the first record from an offset on was written; zero where none was read.
func writtenAt(block *sarama.FetchResponseBlock, from int64) time.Time {
	if block == nil || block.Err != sarama.ErrNoError {
		return time.Time{}
	}
	for _, set := range block.RecordsSet {
		if set.RecordBatch == nil {
			continue
		}
		for _, r := range set.RecordBatch.Records {
			if set.RecordBatch.FirstOffset+r.OffsetDelta >= from {
				return set.RecordBatch.FirstTimestamp.Add(r.TimestampDelta).UTC()
			}
		}
	}
	return time.Time{}
}
