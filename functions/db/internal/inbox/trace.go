package inbox

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/onlinemart/mart/events/bus"
)

// spans are those of commands that share a transaction: one each, in the command's own trace.
type spans []bus.Span

// spansOf begins them; nil when nothing is traced.
func (s *Store) spansOf(jobs []*job) spans {
	if s.Tracer == nil {
		return nil
	}
	all := make(spans, len(jobs))
	for i, j := range jobs {
		_, all[i] = s.Tracer.Begin(context.Background(), j.Traceparent, trace.SpanKindClient, "apply "+j.Type)
		all[i].SetAttributes(semconv.DBSystemNamePostgreSQL)
		if len(jobs) > 1 {
			all[i].SetAttributes(semconv.DBOperationBatchSize(len(jobs)))
		}
	}
	return all
}

// end ends them as the transaction ended. One that was undone because of one command, and is then carried out one by one, is no failure.
func (all spans) end(err error) {
	_, statement := errors.AsType[*batchError](err)
	undone := statement && len(all) > 1
	for _, s := range all {
		if undone {
			s.SetAttributes(attribute.Bool("mart.undone", true))
			s.End(nil)
			continue
		}
		s.End(err)
	}
}
