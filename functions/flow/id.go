package flow

import (
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

// ID is an id as it is stored, of one that is written as a UUID, as the trace-id of an answer (traceId), or as its whole traceparent: what a
// request led to has the id of its trace as its correlation.
func ID(text string) (id string, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if parts := strings.Split(text, "-"); len(parts) == 4 && len(parts[0]) == 2 && len(parts[2]) == 16 {
		text = parts[1] // Source: W3C Trace Context, version-traceid-parent-flags
	}
	switch len(text) {
	case hex.EncodedLen(len(uuid.Nil)), len(uuid.Nil.String()):
		parsed, err := uuid.Parse(text)
		return parsed.String(), err == nil && parsed != uuid.Nil
	}
	return "", false
}
