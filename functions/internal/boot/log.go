package boot

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// LogSettings are what every function reads, the gateway too.
type LogSettings struct {
	Level  string `env:"LOG_LEVEL, default=info" doc:"debug, info, warn or error. At info the gateway has a line for each request, and db for each command that it has decided."`
	Format string `env:"LOG_FORMAT, default=json" doc:"json or text."`
}

// Check makes a log and throws it away.
func (s LogSettings) Check() error {
	_, err := logger("", s, nil)
	return err
}

// logger is the log of a function; also, unless it is nil, has of it what it wants.
func logger(name events.Function, s LogSettings, also slog.Handler) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(strings.ToUpper(s.Level))); err != nil {
		return nil, fmt.Errorf("LOG_LEVEL is %q; it must be debug, info, warn or error", s.Level)
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler
	switch s.Format {
	case "json":
		handler = slog.NewJSONHandler(os.Stderr, options)
	case "text":
		handler = slog.NewTextHandler(os.Stderr, options)
	default:
		return nil, fmt.Errorf("LOG_FORMAT is %q; it must be json or text", s.Format)
	}
	if also != nil {
		handler = slog.NewMultiHandler(handler, also)
	}
	return slog.New(traced{handler}).With("function", name), nil
}

// traced adds the id of the trace to what is logged about a request or an event: the traceId of a problem, and what the tracing UI
// finds it by.
type traced struct{ slog.Handler }

// Handle adds it where ctx follows from something.
func (t traced) Handle(ctx context.Context, r slog.Record) error {
	if id := bus.TraceID(events.CauseOf(ctx).Traceparent); id != "" {
		r.AddAttrs(slog.String("traceId", id))
	}
	return t.Handler.Handle(ctx, r)
}

// WithAttrs keeps it.
func (t traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{t.Handler.WithAttrs(attrs)} }

// WithGroup keeps it.
func (t traced) WithGroup(name string) slog.Handler { return traced{t.Handler.WithGroup(name)} }
