package deadletters

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A letter that is sent again is as old as it was, under the seal that says so: whoever acts outside the mart sees that it is late.
func TestALetterKeepsItsTime(t *testing.T) {
	t.Parallel()
	headers := []kgo.RecordHeader{
		{Key: "ce_id", Value: []byte("e1")},
		{Key: "ce_type", Value: []byte("com.onlinemart.payment.started.v1")},
		{Key: "ce_time", Value: []byte("2026-01-02T03:04:05.678901Z")},
		{Key: "ce_seal", Value: []byte("s1.abc")},
	}
	failed := append(headers[:len(headers):len(headers)], kgo.RecordHeader{Key: "ce_knativeerrorcode", Value: []byte("503")})
	again := letterOf(&kgo.Record{Headers: failed, Timestamp: time.Now()}).again()
	if d := cmp.Diff(append(headers, stringHeader(replayOf, "0:0")), again.Headers); d != "" {
		t.Error(d)
	}
}
