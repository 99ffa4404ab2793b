package bus

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
)

func nothing(context.Context, events.Envelope) (any, error) { return nil, nil }

func TestAnEventIsHandledInEitherMode(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(testing.TB, events.Envelope) *http.Request{"binary": inBinary, "structured": inStructured} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := testKeys(t)
			want := stamped(t, k, events.DB, paidOrder())
			var got events.Envelope
			var cause events.Cause
			p := portOf(t, events.Inventory, k, func(ctx context.Context, e events.Envelope) (any, error) {
				got, cause = e, events.CauseOf(ctx)
				return nil, nil
			})
			if w := p.post(write(t, want)); w.Code != http.StatusAccepted || p.count("done") != 1 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-sent +received):\n%s", diff)
			}
			if diff := cmp.Diff(events.Cause{Correlation: want.Correlation, Causation: want.ID, Traceparent: want.Traceparent, By: events.SystemPrincipal(events.Inventory)}, cause); diff != "" {
				t.Errorf("what follows is caused by (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatNobodyOfOursSealedIsRefused(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(*events.Keys, *events.Envelope){
		"no seal": func(_ *events.Keys, e *events.Envelope) { e.Seal = "" },
		"altered": func(_ *events.Keys, e *events.Envelope) {
			e.Data = []byte(strings.Replace(string(e.Data), "1999", "1", 1))
		},
		"not its word":  func(k *events.Keys, e *events.Envelope) { e.Source = events.Order.Source(); Sign(k, e) },
		"other keys":    func(_ *events.Keys, e *events.Envelope) { Sign(keysOf(t, newSeal, oldPersonal), e) },
		"unknown type":  func(_ *events.Keys, e *events.Envelope) { e.Type = "com.onlinemart.order.stolen.v1" },
		"another's ask": func(_ *events.Keys, e *events.Envelope) { e.By = events.Principal{Type: events.Staff, ID: "x"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := testKeys(t)
			e := stamped(t, k, events.DB, paidOrder())
			alter(k, &e)
			p := portOf(t, events.Inventory, k, func(context.Context, events.Envelope) (any, error) { t.Error("it was handled"); return nil, nil })
			w := p.post(inBinary(t, e))
			if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" || p.count("unsealed") != 1 || len(p.buried) != 0 {
				t.Errorf("%d, %v counted, %v buried", w.Code, p.count("unsealed"), p.buried)
			}
		})
	}
}

func TestPoisonIsBuriedAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		alter  func(*events.Keys, *events.Envelope)
		handle func(context.Context, events.Envelope) (any, error)
		reason string
	}{
		"new type": {func(k *events.Keys, e *events.Envelope) {
			e.Type, e.Time = "com.onlinemart.order.teleported.v1", time.Now().UTC().Add(-rolloutGrace).Truncate(time.Millisecond)
			Sign(k, e)
		}, nothing, "newer than this function"},
		"panic":   {func(*events.Keys, *events.Envelope) {}, func(context.Context, events.Envelope) (any, error) { panic("boom") }, "panic: boom"},
		"refused": {func(*events.Keys, *events.Envelope) {}, func(context.Context, events.Envelope) (any, error) { return nil, events.Refuse("no", "No.") }, "no: No."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := testKeys(t)
			e := stamped(t, k, events.DB, paidOrder())
			c.alter(k, &e)
			p := portOf(t, events.Inventory, k, c.handle)
			w := p.post(inBinary(t, e))
			if w.Code != http.StatusAccepted || p.count("poison") != 1 || len(p.buried) != 1 || !strings.Contains(p.buried[0].Error(), c.reason) {
				t.Errorf("%d, %v counted, buried %v", w.Code, p.count("poison"), p.buried)
			}
		})
	}
}

// handling is the receiver of f with this one handler.
func handling(t *testing.T, f events.Function, k *events.Keys, h events.Handler) *port {
	t.Helper()
	p := portOf(t, f, k, nothing)
	p.table[h.Message.Type()] = h
	return p
}

// What does not decode is buried, although it is sealed; nobody but whoever made it holds it against its schema.
func TestWhatDoesNotDecodeIsBuried(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	type outcome struct {
		handled bool
		status  int
		buried  []error
	}
	// post delivers a message with other data, sealed.
	post := func(p *port, e events.Envelope, data string) outcome {
		e.Data = []byte(data)
		Sign(k, &e)
		w := p.post(inBinary(t, e))
		return outcome{false, w.Code, p.buried}
	}
	kinds := map[string]func(data string) outcome{
		"event": func(data string) (o outcome) {
			handled := false
			o = post(handling(t, events.Inventory, k, events.OrderPaid.Then(func(context.Context, events.Received[events.OrderState]) ([]events.Outgoing, error) {
				handled = true
				return nil, nil
			})), stamped(t, k, events.DB, paidOrder()), data)
			o.handled = handled
			return o
		},
		"question": func(data string) (o outcome) {
			handled := false
			o = post(handling(t, events.DB, k, events.GetBrand.Answer(func(context.Context, events.Received[events.Lookup]) (events.BrandState, error) {
				handled = true
				return events.BrandState{}, nil
			})), stamped(t, k, events.Brand, events.GetBrand.New(events.Lookup{ID: brandID})), data)
			o.handled = handled
			return o
		},
	}
	for name, c := range map[string]struct {
		data string
		told string // "": it is handled
	}{
		"not JSON":       {`{"id":`, "read the payload"},
		"other kind":     {`{"id":7}`, "cannot unmarshal number"},
		"deep JSON":      {strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), "read the payload"},
		"nothing":        {``, "read the payload"},
		"less than said": {`{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, with := range kinds {
				switch got := with(c.data); {
				case c.told == "" && (!got.handled || len(got.buried) > 0):
					t.Errorf("%s: %+v", kind, got)
				case c.told != "" && (got.handled || got.status != http.StatusAccepted || len(got.buried) != 1 || !strings.Contains(got.buried[0].Error(), c.told)):
					t.Errorf("%s: %+v", kind, got)
				}
			}
		})
	}
}

// A message grows within its version: an older reader takes what it knows and lets the rest be.
func TestANewMemberIsNoFault(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	for name, c := range map[string]struct {
		of events.Function
		e  events.Envelope
	}{
		"event":    {events.Inventory, stamped(t, k, events.DB, paidOrder())},
		"nested":   {events.Inventory, stamped(t, k, events.DB, paidOrder())},
		"command":  {events.DB, stamped(t, k, events.Order, events.PlaceOrder.New(brandID, events.Cart{Lines: []events.OrderItem{{ProductID: brandID, Quantity: 1}}, ShippingAddress: events.PostalAddress{Country: "GB"}}))},
		"question": {events.DB, stamped(t, k, events.Order, events.GetOrder.New(events.OwnedLookup{ID: brandID}))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if at := `{`; name == "nested" {
				c.e.Data = []byte(strings.Replace(string(c.e.Data), `"total":{`, `"total":{"note":{"text":"later"},`, 1))
			} else {
				c.e.Data = []byte(strings.Replace(string(c.e.Data), at, `{"note":{"text":"later"},`, 1))
			}
			Sign(k, &c.e)
			handled := false
			p := portOf(t, c.of, k, func(context.Context, events.Envelope) (any, error) { handled = true; return &events.OrderState{}, nil })
			if w := p.post(inBinary(t, c.e)); !handled || len(p.buried) != 0 || !strings.Contains(string(c.e.Data), "later") {
				t.Errorf("%d %s, buried %v", w.Code, w.Body, p.buried)
			}
		})
	}
}

// A topic carries all events of its noun; those for other functions pass by.
func TestAnEventForOthersPassesBy(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	p := portOf(t, events.Inventory, k, func(context.Context, events.Envelope) (any, error) { t.Error("it was handled"); return nil, nil })
	w := p.post(inBinary(t, stamped(t, k, events.DB, events.OrderDue.New("o", events.OrderDeadline{DueAt: noon}))))
	if w.Code != http.StatusAccepted || len(p.buried) != 0 {
		t.Errorf("%d, buried %v", w.Code, p.buried)
	}
}

func TestWhatIsNoEventIsNeverTriedAgain(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	headers := func(set ...string) func() *http.Request {
		return func() *http.Request {
			req := inBinary(t, stamped(t, k, events.DB, paidOrder()))
			for i := 0; i < len(set); i += 2 {
				req.Header[http.CanonicalHeaderKey(set[i])] = []string{set[i+1]}
			}
			return req
		}
	}
	body := func(contentType, text string) func() *http.Request {
		return func() *http.Request {
			req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(text))
			req.Header.Set("Content-Type", contentType)
			return req
		}
	}
	for name, c := range map[string]struct {
		request func() *http.Request
		want    int
	}{
		"bad time":         {headers("ce-time", "yesterday"), 400},
		"no id":            {headers("ce-id", ""), 400},
		"other version":    {headers("ce-specversion", "9.9"), 400},
		"bad source":       {headers("ce-source", "%zz"), 400},
		"batch":            {body("application/cloudevents-batch+json", "[]"), 400},
		"structured junk":  {body("application/cloudevents+json", "junk"), 400},
		"structured null":  {body("application/cloudevents+json", "null"), 400},
		"structured deep":  {body("application/cloudevents+json", strings.Repeat(`{"data":`, 100_000)), 400},
		"no event":         {body("text/plain", "hello"), 400},
		"nothing":          {body("", ""), 400},
		"1 MiB + 1 binary": {func() *http.Request { return oversized(t, k, inBinary) }, 413},
		"far too large":    {body("application/cloudevents+json", strings.Repeat(" ", 2<<20)), 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portOf(t, events.Inventory, k, nothing)
			w := p.post(c.request())
			if w.Code != c.want || p.count("malformed") != 1 {
				t.Errorf("%d %s, %v counted", w.Code, w.Body, p.count("malformed"))
			}
		})
	}
}

func oversized(t *testing.T, k *events.Keys, write func(testing.TB, events.Envelope) *http.Request) *http.Request {
	t.Helper()
	e := stamped(t, k, events.DB, paidOrder())
	e.Data = []byte(`"` + strings.Repeat("x", MaxBytes-1) + `"`)
	Sign(k, &e)
	return write(t, e)
}

func TestTheLargestMessageIsTaken(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	e := stamped(t, k, events.Inventory, events.AdjustStock.New("p", events.StockAdjustment{Delta: 1, Reason: events.StockReceived}))
	room := MaxBytes - len(e.Data) - len(`,"later":""`)
	e.Data = []byte(strings.TrimSuffix(string(e.Data), "}") + `,"later":"` + strings.Repeat("x", room) + `"}`)
	Sign(k, &e)
	if p := portOf(t, events.DB, k, nothing); p.post(inBinary(t, e)).Code != http.StatusAccepted || p.count("done") != 1 {
		t.Errorf("%d bytes of data were not taken", len(e.Data))
	}
}

func TestWhatMayPassIsTriedAgain(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	p := portOf(t, events.Inventory, k, func(context.Context, events.Envelope) (any, error) { return nil, errors.New("the provider is away") })
	w := p.post(inBinary(t, stamped(t, k, events.DB, paidOrder())))
	if w.Code != http.StatusServiceUnavailable || p.count("retry") != 1 || len(p.buried) != 0 || strings.Contains(w.Body.String(), "provider") {
		t.Errorf("%d %s, buried %v", w.Code, w.Body, p.buried)
	}
	buries := portOf(t, events.Inventory, k, func(context.Context, events.Envelope) (any, error) { return nil, events.Refuse("no", "No.") })
	buries.DeadLetter = func(context.Context, events.Envelope, error) error { return ErrUnknownOutcome }
	if w := buries.post(inBinary(t, stamped(t, k, events.DB, paidOrder()))); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without the dead letters: %d", w.Code)
	}
	fails := portOf(t, events.Inventory, k, nothing)
	fails.Send = func(context.Context, ...events.Outgoing) error { return ErrUnknownOutcome }
	if w := fails.post(inBinary(t, stamped(t, k, events.DB, paidOrder()))); w.Code != http.StatusServiceUnavailable {
		t.Errorf("when the consequences were not sent: %d", w.Code)
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	ask := func(age time.Duration) *http.Request {
		e := stamped(t, k, events.Brand, events.GetBrand.New(events.Lookup{ID: brandID}))
		e.Time = time.Now().UTC().Add(-age).Truncate(time.Millisecond)
		Sign(k, &e)
		return inBinary(t, e)
	}
	state := events.BrandState{Meta: events.Meta{ID: brandID, Version: 1, CreatedAt: noon, UpdatedAt: noon}, BrandFields: events.BrandFields{Name: "Acme", Slug: "acme"}}
	for name, c := range map[string]struct {
		age    time.Duration
		answer func() (any, error)
		want   int
		text   string
	}{
		"answered":     {0, func() (any, error) { return &state, nil }, 200, `"name":"Acme"`},
		"refused":      {0, func() (any, error) { return nil, events.NotFound("brand", brandID) }, 404, `"code":"not_found"`},
		"away":         {0, func() (any, error) { return nil, errors.New("no connection to 10.0.0.7") }, 503, "try again"},
		"panic":        {0, func() (any, error) { panic("boom") }, 503, "try again"},
		"four minutes": {4 * time.Minute, func() (any, error) { return &state, nil }, 200, `"name":"Acme"`},
		"replayed":     {6 * time.Minute, func() (any, error) { return &state, nil }, 401, "too old"},
		"early":        {-6 * time.Minute, func() (any, error) { return &state, nil }, 401, "future"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := portOf(t, events.DB, k, func(context.Context, events.Envelope) (any, error) { return c.answer() }).post(ask(c.age))
			if w.Code != c.want || !strings.Contains(w.Body.String(), c.text) || strings.Contains(w.Body.String(), "10.0.0.7") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	want := events.CustomerState{Meta: events.Meta{ID: brandID, Version: 1, CreatedAt: noon, UpdatedAt: noon}, Email: events.NewPersonal("ada@example.com"), Name: events.NewPersonal("Ada"), Status: events.AccountActive}
	answer := func(context.Context, events.Envelope) (any, error) { state := want; return &state, nil }
	server := httptest.NewServer(portOf(t, events.DB, k, func(ctx context.Context, e events.Envelope) (any, error) { return answer(ctx, e) }))
	defer server.Close()
	got, err := Ask(t.Context(), NewAsker(events.Customer, k, server.URL), events.GetCustomer, events.Lookup{ID: brandID})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := Ask(t.Context(), NewAsker(events.Brand, k, server.URL), events.GetCustomer, events.Lookup{ID: brandID}); err == nil || errors.Is(err, ErrUnavailable) {
		t.Errorf("asked by one who may not: %v", err)
	}
	answer = func(context.Context, events.Envelope) (any, error) { return nil, events.NotFound("customer", brandID) }
	if _, err := Ask(t.Context(), NewAsker(events.Customer, k, server.URL), events.GetCustomer, events.Lookup{ID: brandID}); !errors.Is(err, events.NotFound("", "")) {
		t.Errorf("refused: %v", err)
	}
	answer = func(context.Context, events.Envelope) (any, error) { return nil, errors.New("away") }
	if _, err := Ask(t.Context(), NewAsker(events.Customer, k, server.URL), events.GetCustomer, events.Lookup{ID: brandID}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("away: %v", err)
	}
}

// A question is held against its schema before it is asked.
func TestAQuestionThatDoesNotFitIsNotAsked(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	asked := 0
	server := httptest.NewServer(portOf(t, events.DB, k, func(context.Context, events.Envelope) (any, error) { asked++; return &events.OperationState{}, nil }))
	defer server.Close()
	a := NewAsker(events.Order, k, server.URL)
	defer a.Close()
	if _, err := Ask(t.Context(), a, events.AwaitOperation, events.OperationQuestion{Source: events.Order.Source(), ID: brandID, WaitMillis: 10_001}); err == nil || !strings.Contains(err.Error(), "does not fit the schema") || asked != 0 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	if _, err := Ask(t.Context(), a, events.AwaitOperation, events.OperationQuestion{Source: events.Order.Source(), ID: brandID, WaitMillis: 10_000}); err != nil || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

func TestAPingMakesDBLook(t *testing.T) {
	t.Parallel()
	ticks := 0
	p := portOf(t, events.DB, testKeys(t), nothing)
	p.Tick = func(context.Context) { ticks++ }
	ping := events.Envelope{ID: "1", Source: "/apis/v1/namespaces/mart/pingsources/sweep", Type: pingType, Time: noon, Data: []byte(`{}`)}
	if w := p.post(inBinary(t, ping)); w.Code != http.StatusAccepted || ticks != 1 {
		t.Errorf("%d, %d ticks", w.Code, ticks)
	}
}

// A KafkaSource wraps what is no CloudEvent and keeps the record's own content type, whatever it claims.
func TestARecordThatIsNoEventIsBuried(t *testing.T) {
	t.Parallel()
	for name, contentType := range map[string]string{
		"junk": "text/plain", "says it is structured": "application/cloudevents+json", "says it is a batch": "application/cloudevents-batch+json", "says nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portOf(t, events.Inventory, testKeys(t), nothing)
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{\x00"))
			for header, value := range map[string]string{
				"Ce-Specversion": "1.0", "Ce-Type": wrappedType, "Ce-Id": "partition:3/offset:4", "Ce-Source": "/apis/v1/namespaces/mart/kafkasources/inventory#mart.order.paid",
				"Content-Type": contentType,
			} {
				r.Header.Set(header, value)
			}
			if w := p.post(r); w.Code != http.StatusAccepted || p.count("poison") != 1 || len(p.buried) != 1 {
				t.Errorf("%d %s, %v counted, %v buried", w.Code, w.Body, p.count("poison"), p.buried)
			}
		})
	}
}
