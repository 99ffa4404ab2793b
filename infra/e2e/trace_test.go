package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// purchaseTrace is who leads to what in the trace of a purchase.
//
//go:embed testdata/purchase_trace.txt
var purchaseTrace string

// buyersSpan is what a buyer's own program says it is doing.
const buyersSpan = "00f067aa0ba902b7"

// A purchase, from the buyer's two requests to the mail and the shelf, is one trace: the parent of every span is in it, or is the
// buyer's. A problem names its trace. Nothing personal is in any span, and without the collector everything works as before.
func TestStormTrace(t *testing.T) {
	to := newCollector(t)
	m, _, ctx := ownMart(t, patience, func(c *laptop.Config) { c.Env["OTEL_EXPORTER_OTLP_ENDPOINT"] = to.URL })
	b := m.buyer(ctx, t)
	id := newTrace()
	m.tracedPurchase(ctx, t, b, id)
	want := strings.Split(strings.TrimSpace(purchaseTrace), "\n")
	to.await(ctx, func([]span) bool { return cmp.Equal(want, edges(to.of(id))) })
	if d := cmp.Diff(want, edges(to.of(id))); d != "" {
		t.Error(d)
	}
	m.problemNamesItsTrace(ctx, t, b, to)
	nothingPersonal(t, to.all(), b)

	to.Close()
	m.tracedPurchase(ctx, t, b, newTrace())
}

func newTrace() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

// under makes a request part of the buyer's trace.
func under(trace string) client.Header {
	return client.Header{Name: "Traceparent", Value: "00-" + trace + "-" + buyersSpan + "-01"}
}

// tracedPurchase buys one product, up to the mail and the empty shelf.
func (m mart) tracedPurchase(ctx context.Context, t *testing.T, b buyer, trace string) {
	t.Helper()
	p := m.product(ctx, t, 1)
	order, err := client.Post[client.Order](ctx, b.Client, "/orders", map[string]any{
		"lines": []client.Line{{ProductID: p.ID, Quantity: 1}}, "shippingAddress": client.Address(canaryName),
	}, client.NewKey(), under(trace))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Pay(ctx, order.ID, "pm_card_visa", under(trace)); err != nil {
		t.Fatal(err)
	}
	order = b.status(ctx, t, order.ID, "paid")
	if _, err := m.mail.AwaitMail(ctx, b.email, func(mail client.Mail) bool { return strings.Contains(mail.Subject, order.Number) }); err != nil {
		t.Fatal(err)
	}
	m.stock(ctx, t, p.ID, 0, 0)
}

// edges is who led to what in a trace, each once, sorted.
func edges(spans []span) []string {
	known := map[string]string{buyersSpan: "the buyer"}
	for _, s := range spans {
		known[s.id()] = s.String()
	}
	var found []string
	for _, s := range spans {
		parent, ok := known[s.parent()]
		if !ok {
			parent = "NOBODY KNOWN"
		}
		found = append(found, parent+" → "+s.String())
	}
	slices.Sort(found)
	return slices.Compact(found)
}

const canaryQuery = "zwitscherquery"

// problemNamesItsTrace: by a problem's traceId its spans are found, and none of them repeats the path or the query.
func (m mart) problemNamesItsTrace(ctx context.Context, t *testing.T, b buyer, to *collector) {
	t.Helper()
	answer := send(ctx, t, b.Client, http.MethodGet, "/orders/"+uuid.NewString(), nil)
	lost := send(ctx, t, b.Client, http.MethodGet, "/nowhere/"+canaryQuery+"?email="+b.email, nil)
	invalid := send(ctx, t, b.Client, http.MethodGet, "/orders?"+canaryQuery+"="+b.email, nil)
	for _, c := range []struct {
		answer client.Answer
		want   []string
	}{
		{answer, []string{
			"GET /orders/{rest...} SERVER 404", "GET order CLIENT 404", "GET /orders/{id} SERVER 404",
			"ask order.get.v1 CLIENT not_found", "answer order.get.v1 SERVER not_found",
		}},
		{lost, []string{"GET SERVER 404"}},
		{invalid, []string{"GET /orders SERVER 422", "GET order CLIENT 422", "GET /orders SERVER 422"}},
	} {
		var problem struct{ TraceID string }
		if err := json.Unmarshal(c.answer.Body, &problem); err != nil {
			t.Fatal(err)
		}
		want := slices.Sorted(slices.Values(c.want))
		to.await(ctx, func([]span) bool { return len(to.of(problem.TraceID)) >= len(want) })
		if d := cmp.Diff(want, outcomes(to.of(problem.TraceID))); d != "" {
			t.Errorf("%s: %s", c.answer.Body, d)
		}
	}
}

// outcomes is what spans say of their kind and end.
func outcomes(spans []span) []string {
	var found []string
	for _, s := range spans {
		text := strings.Replace(s.Name, "com.onlinemart.", "", 1) + " " + strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_")
		for _, a := range s.Attributes {
			switch a.Key {
			case "http.response.status_code":
				text += fmt.Sprint(" ", a.Value.GetIntValue())
			case "mart.refusal", "error.type":
				text += " " + a.Value.GetStringValue()
			}
		}
		if s.Status.GetCode() == wire.Status_STATUS_CODE_ERROR {
			text += " FAILED"
		}
		found = append(found, text)
	}
	slices.Sort(found)
	return found
}

// nothingPersonal looks for what the buyer and the owner said, and for who and where they are.
func nothingPersonal(t *testing.T, spans []span, b buyer) {
	t.Helper()
	canaries := []string{
		canaryName, "1 Harbour Street", "1100-148", "Ada Buyer", b.email, "@example.com", passphrase, b.Token, "eyJ",
		"pm_card", canaryQuery, "Go-http-client", b.id,
	}
	for _, s := range spans {
		said := proto.CloneOf(s.Span)
		said.StartTimeUnixNano, said.EndTimeUnixNano = 0, 0 // some look like cards' numbers
		text := strings.ToLower(prototext.Format(said))
		for _, c := range canaries {
			if strings.Contains(text, strings.ToLower(c)) {
				t.Errorf("%s: %q is in the span: %s", s, c, text)
			}
		}
		if card := cardNumber([]byte(text)); card != "" {
			t.Errorf("%s: %s could be a card's number", s, card)
		}
	}
}

// await waits until ok, for a while.
func (c *collector) await(ctx context.Context, ok func([]span) bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for !ok(c.all()) && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond) // a poll with a deadline
	}
}
