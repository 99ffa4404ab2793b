package logs

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/journal"
)

const (
	order       = "0f8fad5b-d9cb-469f-a165-70867728950e"
	correlation = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
	trace       = "4bf92f3577b34da6a3ce929d0e0e4736"
	command     = "7d444840-9dc0-51d1-b245-5ffdce74fad2"
)

// What a purchase leaves: the request, what it led to, and what others did meanwhile.
var purchase = []string{
	`{"time":"2026-01-02T03:04:05.1Z","level":"INFO","msg":"request","function":"gateway","method":"POST","route":"/orders","status":202,"ms":12.5,"traceId":"` + trace + `","by":"app_user:ada"}`,
	`{"time":"2026-01-02T03:04:05.2Z","level":"INFO","msg":"request","function":"gateway","method":"GET","route":"/products","status":200,"ms":1,"traceId":"11111111111111111111111111111111"}`,
	`{"time":"2026-01-02T03:04:05.3Z","level":"INFO","msg":"decided","function":"db","type":"com.onlinemart.order.place.v1","subject":"` + order + `","outcome":"succeeded","id":"` + command + `","correlation":"` + correlation + `","ms":3.25,"batch":1}`,
	`{"time":"2026-01-02T03:04:05.4Z","level":"WARN","msg":"an event must be delivered again","function":"payment","traceId":"` + trace + `","reason":"no \"answer\"\nyet"}`,
	`{"time":"2026-01-02T03:04:06.0Z","level":"INFO","msg":"started","function":"brand"}`,
}

func kept(t *testing.T, lines ...string) (data string) {
	t.Helper()
	data = t.TempDir()
	f, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if _, err := f.Write([]byte(l + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}

// The lines of one thing are those that name it and those of the requests that led to them, in their order, whichever id is at hand.
func TestLinesOfOneThing(t *testing.T) {
	t.Parallel()
	data := kept(t, purchase...)
	whole := strings.Join([]string{purchase[0], purchase[2], purchase[3]}, "\n") + "\n"
	for name, id := range map[string]string{
		"the order": order, "in capitals": strings.ToUpper(order), "the correlation": correlation, "the trace": trace, "the command": command, "the operation": "order-" + command, "the traceparent": "00-" + trace + "-00f067aa0ba902b7-01",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := (Command{ID: id, Data: data, JSON: true}).print(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(whole, b.String()); d != "" {
				t.Error(d)
			}
		})
	}
}

// Of an order's number the mart tells the id, as it does mart why; what it says of others is told.
func TestLinesOfAnOrderByItsNumber(t *testing.T) {
	t.Parallel()
	mart := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/flow/M-000123" || r.Header.Get("Authorization") != "Bearer token" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"status":404,"code":"not_found","detail":"There is no order M-000124."}`))
			return
		}
		_, _ = w.Write([]byte(`{"id":"` + order + `","title":"Order M-000123 is placed"}`))
	}))
	t.Cleanup(mart.Close)
	ask := func(id string) (string, error) {
		var b strings.Builder
		err := (Command{ID: id, Data: kept(t, purchase...), JSON: true, Reader: journal.Reader{URL: mart.URL, Token: "token"}}).print(t.Context(), &b)
		return b.String(), err
	}
	got, err := ask("M-000123")
	if d := cmp.Diff(strings.Join([]string{purchase[0], purchase[2], purchase[3]}, "\n")+"\n", got); d != "" || err != nil {
		t.Error(err, d)
	}
	if _, err := ask("M-000124"); err == nil || err.Error() != "There is no order M-000124." {
		t.Errorf("another number: %v", err)
	}
}

// People read when, who and what, and then the rest.
func TestLinesForPeople(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	same := `{"time":"2026-01-02T03:04:05.1Z","msg":"decided","function":"db","correlation":"` + correlation + `","traceId":"` + trace + `"}`
	other := `{"time":"2026-01-02T03:04:05.1Z","msg":"decided","function":"db","correlation":"` + order + `","traceId":"` + trace + `"}`
	for _, l := range []string{purchase[0], purchase[3], same, other, "{broken off\x1b[2J"} {
		if err := shown(&b, []byte(l)); err != nil {
			t.Fatal(err)
		}
	}
	at := func(text string) string { return clock(text) }
	want := at("2026-01-02T03:04:05.1Z") + "  gateway       request  method=POST  route=/orders  status=202  ms=12.5  by=app_user:ada  traceId=" + trace + "\n" +
		at("2026-01-02T03:04:05.4Z") + "  payment       WARN an event must be delivered again  reason=" + `"no \"answer\"\nyet"` + "  traceId=" + trace + "\n" +
		at("2026-01-02T03:04:05.1Z") + "  db            decided  traceId=" + trace + "\n" +
		at("2026-01-02T03:04:05.1Z") + "  db            decided  correlation=" + order + "  traceId=" + trace + "\n" +
		"{broken off [2J\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestWhatCannotBeShown(t *testing.T) {
	t.Parallel()
	data := kept(t, purchase...)
	for name, c := range map[string]struct {
		command Command
		want    string
	}{
		"a number, and nobody who asks": {Command{ID: "M-000123", Data: data}, "which order has that number; say who you are: set MART_OWNER_PASSWORD"},
		"nothing of it":                 {Command{ID: "00000000-0000-0000-0000-000000000000", Data: data}, "no line names 00000000"},
		"no mart there":                 {Command{Data: t.TempDir()}, "nothing is logged in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := c.command.print(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// Only so much is kept: the newest lines, none of them broken, in so many files, which nobody else may read.
func TestTheOldestLinesGo(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	f, err := open(data, 100, 3)
	if err != nil {
		t.Fatal(err)
	}
	const lines = 50
	for i := range lines {
		if _, err := fmt.Fprintf(f, `{"msg":"line %02d of many"}`+"\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(data, Folder, "*"))
	if err != nil || len(files) != 3 {
		t.Errorf("%v, %v, want 3 files", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Size() > 100 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	r, err := read(filepath.Join(data, Folder))
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	for i, l := range r.lines {
		if want := fmt.Sprintf(`{"msg":"line %02d of many"}`, lines-len(r.lines)+i); string(l.raw) != want {
			t.Errorf("got %s, want %s", l.raw, want)
		}
	}
	if len(r.lines) < 8 {
		t.Errorf("only %d lines are kept", len(r.lines))
	}
}

// What a mart logs later is shown as it comes, also when another file is begun in between.
func TestFollow(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	f, err := open(data, 400, 4)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(f, nil))
	log.Info("before", "id", order)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- (Command{ID: order, Data: data, JSON: true, Follow: true}).print(ctx, write)
		_ = write.Close()
	}()
	heard := bufio.NewScanner(read)
	for i := range 20 {
		want := "before"
		if i > 0 {
			want = fmt.Sprintf("line %d", i)
			log.Info("something else", "id", command)
			log.Info(want, "id", order)
		}
		if !heard.Scan() || !bytes.Contains(heard.Bytes(), []byte(`"msg":"`+want+`"`)) {
			t.Fatalf("heard %q, want %q", heard.Text(), want)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
