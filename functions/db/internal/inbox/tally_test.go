package inbox

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/onlinemart/mart/events"
)

// Where nobody reads them, lines about what was decided cost nothing.
func TestNoLineCostsNothing(t *testing.T) { // not parallel: other tests' allocations would count
	s := &Store{Options: Options{Log: slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))}}
	jobs := []*job{{fresh: true, noun: "brand", Envelope: events.Envelope{ID: "1", Type: events.CreateBrand.Type()}}}
	if n := testing.AllocsPerRun(100, func() { s.logDecided(context.Background(), jobs, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
