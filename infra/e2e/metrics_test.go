package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/logs"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// shownAt is what is shown at an address: each series with its value.
func shownAt(ctx context.Context, t *testing.T, url string) map[string]float64 {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it has been read
	all := map[string]float64{}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		cut := strings.LastIndexByte(lines.Text(), ' ')
		if cut < 0 || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		if all[lines.Text()[:cut]], err = strconv.ParseFloat(lines.Text()[cut+1:], 64); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// counted is the series of the shop's own counters that are not 0.
func counted(all map[string]float64) map[string]float64 {
	found := map[string]float64{}
	for series, value := range all {
		name, _, _ := strings.Cut(series, "{")
		switch name {
		case "mart_orders_total", "mart_payments_total", "mart_refunds_total", "mart_mails_total":
			if value > 0 {
				found[series] = value
			}
		}
	}
	return found
}

// One purchase is counted once, however often it is asked for; one address shows what every function has to show, with its name; and the
// log in the data folder has the lines of it.
func TestStormAPurchaseIsCountedAndLogged(t *testing.T) {
	m, own, ctx := ownMart(t, patience, func(c *laptop.Config) {
		c.Data, c.KeepLogs = pgtest.Folder(t), true
		maps.Copy(c.Env, cheapPasswords)
	})
	b, product, key := m.buyer(ctx, t), m.product(ctx, t, 5), client.NewKey()
	body := map[string]any{"lines": []client.Line{{ProductID: product.ID, Quantity: 2}}, "shippingAddress": client.Address("Ada Buyer")}
	var order client.Order
	for range 2 {
		var err error
		if order, err = client.Post[client.Order](ctx, b.Client, "/orders", body, key); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	m.oneMail(ctx, t, b, order)
	want := map[string]float64{
		`mart_orders_total{function="db",state="placed"}`: 1, `mart_orders_total{function="db",state="authorized"}`: 1, `mart_orders_total{function="db",state="paid"}`: 1,
		`mart_payments_total{function="db",method="card",outcome="started"}`: 1, `mart_payments_total{function="db",method="card",outcome="authorized"}`: 1,
		`mart_payments_total{function="db",method="card",outcome="captured"}`: 1, `mart_mails_total{function="db",kind="order_confirmation",outcome="sent"}`: 1,
		`mart_mails_total{function="db",kind="welcome",outcome="sent"}`: 1,
	}
	var all map[string]float64
	var diff string
	for { // what is recorded of the last mail comes a moment after the mail
		all = shownAt(ctx, t, own.MetricsURL)
		if diff = cmp.Diff(want, counted(all)); diff == "" || ctx.Err() != nil {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	if diff != "" {
		t.Error(diff)
	}
	for _, f := range events.Functions() {
		if up := `mart_function_up{function="` + string(f) + `"}`; all[up] != 1 {
			t.Errorf("%s is %v", up, all[up])
		}
	}
	oneProcess(t, all)
	logged(t, own, order)
}

// oneProcess holds that what all functions share is shown once.
func oneProcess(t *testing.T, all map[string]float64) {
	t.Helper()
	found := map[string]float64{}
	for series := range all {
		if strings.HasPrefix(series, "go_goroutines") || strings.HasPrefix(series, "process_start_time_seconds") {
			found[series] = 1
		}
	}
	want := map[string]float64{`go_goroutines{function="mart"}`: 1, `process_start_time_seconds{function="mart"}`: 1}
	if d := cmp.Diff(want, found); d != "" {
		t.Error(d)
	}
}

// logged holds that the order's request and its decision are in the data folder, in one trace, and nothing of who bought it.
func logged(t *testing.T, own *laptop.Mart, order client.Order) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(own.Folder, logs.Folder, "mart.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "Ada") || strings.Contains(string(text), "@example.com") {
		t.Error("the log tells who has bought")
	}
	type line struct{ Msg, Function, Type, Subject, Outcome, TraceID, Route, Method string }
	var requests, decided []line
	for raw := range strings.Lines(string(text)) {
		var l line
		if err := json.Unmarshal([]byte(raw), &l); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		switch {
		case l.Msg == "request" && l.Route == "/orders" && l.Method == http.MethodPost:
			requests = append(requests, l)
		case l.Msg == "decided" && l.Type == events.PlaceChosen.Type() || l.Msg == "decided" && l.Type == events.PlaceOrder.Type():
			decided = append(decided, l)
		}
	}
	if len(requests) != 2 || len(decided) != 1 || decided[0].TraceID != requests[0].TraceID || decided[0].Subject != order.ID || decided[0].Outcome != "succeeded" {
		t.Errorf("requests %+v, decided %+v", requests, decided)
	}
}
