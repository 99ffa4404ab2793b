package e2e

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/recovery"
)

// postgresTool finds pg_dump or pg_restore beside the newest Postgres of this machine.
func postgresTool(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil && os.Getenv("PG_BIN") == "" {
		return path
	}
	found := []string{filepath.Join(os.Getenv("PG_BIN"), name)}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/", "/usr/pgsql-*/bin/", "/usr/local/pgsql/bin/", "/opt/homebrew/opt/postgresql*/bin/"} {
		matches, _ := filepath.Glob(pattern + name) // the patterns are well-formed
		slices.Sort(matches)
		found = append(found, matches...)
	}
	for _, path := range slices.Backward(found) {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skip("THIS TEST NEEDS " + name + " and found none: install Postgres' client programs, or set PG_BIN")
	return ""
}

func runTool(ctx context.Context, t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(ctx, postgresTool(t, name), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// barrier keeps events from the functions that react to them until it is lifted.
type barrier struct {
	*httptest.Server
	mu     sync.Mutex
	lifted bool
	to     map[string]*httputil.ReverseProxy
}

func newBarrier(t *testing.T) *barrier {
	b := &barrier{to: map[string]*httputil.ReverseProxy{}}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		lifted, to := b.lifted, b.to[r.URL.Path[1:]]
		b.mu.Unlock()
		if !lifted {
			http.Error(w, "not yet", http.StatusServiceUnavailable)
			return
		}
		r.URL.Path = "/"
		to.ServeHTTP(w, r)
	}))
	t.Cleanup(b.Close)
	return b
}

// before puts the barrier before every function but db.
func (b *barrier) before(f events.Function, at string) string {
	if f == events.DB {
		return at
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	target, err := url.Parse(at)
	if err != nil {
		panic(err)
	}
	b.to[string(f)] = httputil.NewSingleHostReverseProxy(target)
	return b.URL + "/" + string(f)
}

func (b *barrier) lift() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lifted = true
}

// books is all that people and the provider have been told.
type books struct{ Orders, Payments, Refunds, Stock, Mails []string }

func (s *storm) books(t *testing.T) (b books) {
	t.Helper()
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(s.ctx) }()
	for sql, into := range map[string]*[]string{
		`select concat_ws(' ', id, number, status, amount) from orders order by id`:                                &b.Orders,
		`select concat_ws(' ', id, order_id, status, authorized, captured, refunded) from payment order by id`:     &b.Payments,
		`select concat_ws(' ', id, payment_id, amount, status) from refund order by id`:                            &b.Refunds,
		`select concat_ws(' ', product_id, on_hand, reserved) from stock order by product_id`:                      &b.Stock,
		`select concat_ws(' ', id, kind, customer_id, order_id, status, message_id) from notification order by id`: &b.Mails,
	} {
		rows, err := conn.Query(s.ctx, sql)
		if err != nil {
			t.Fatal(err)
		}
		if *into, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// afterTheBackup is a day's business: an order that was open is paid, others are bought, one is cancelled and its
// money given back, one before it is paid.
func (s *storm) afterTheBackup(t *testing.T, open client.Order) {
	t.Helper()
	b := s.buyers[0]
	b.pay(s.ctx, t, open.ID, "pm_card_visa", "captured")
	s.buyers = append(s.buyers, s.buyer(s.ctx, t)) // somebody new
	s.purchases(t, 2*len(s.buyers), 1)             // one after the other: each order keeps its number
	cancelled := b.order(s.ctx, t, s.products[0].ID, 2)
	b.pay(s.ctx, t, cancelled.ID, "pm_card_visa", "captured")
	b.status(s.ctx, t, cancelled.ID, "paid")
	if a := send(s.ctx, t, s.owner, http.MethodPost, "/orders/"+cancelled.ID+"/cancellation", map[string]string{"reason": "the buyer rang"}, client.NewKey()); a.Status != http.StatusOK {
		t.Fatalf("cancel: %d %s", a.Status, a.Body)
	}
	b.status(s.ctx, t, cancelled.ID, "cancelled")
	changed := b.order(s.ctx, t, s.products[1].ID, 1)
	if a := send(s.ctx, t, b.Client, http.MethodPost, "/orders/"+changed.ID+"/cancellation", map[string]string{"reason": "another colour"}, client.NewKey()); a.Status != http.StatusOK {
		t.Fatalf("cancel one's own: %d %s", a.Status, a.Body)
	}
}

// The database goes back to a backup, and what was decided since then is decided again from the topics: nobody is charged or written to
// a second time, orders, payments and stock are what buyers have been told, and every invariant holds.
func TestRestore(t *testing.T) {
	if os.Getenv("MART_E2E_URL") != "" {
		t.Skip("a restore needs a mart of its own: unset MART_E2E_URL")
	}
	postgresTool(t, "pg_dump")
	ctx, cancel := context.WithTimeout(t.Context(), stormPatience)
	t.Cleanup(cancel)
	c := config()
	c.Data, c.OwnerPassword, c.Env = t.TempDir(), passphrase, map[string]string{"PASSWORD_MEMORY_KIB": "7168", "PASSWORD_ITERATIONS": "1"}
	if c.Postgres == "" {
		server, err := postgres.Start(ctx, postgres.Config{DataDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := server.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		c.Postgres = server.AdminDSN()
	}
	s := &storm{ctx: ctx, received: map[string]int64{}}
	var err error
	if s.line, s.own, err = start(ctx, c); err != nil {
		t.Fatal(err)
	}
	ended := false
	stop := func() {
		if !ended {
			if err := s.own.Stop(ctx); err != nil {
				t.Error(err)
			}
		}
		ended = true
	}
	defer stop()
	s.stocked(t, 100)
	s.purchases(t, 12, 4)
	open := s.buyers[0].order(ctx, t, s.products[0].ID, 1)
	since := time.Now().Add(-time.Second)
	dump := filepath.Join(t.TempDir(), "mart.dump")
	runTool(ctx, t, "pg_dump", "--format=custom", "--file="+dump, s.own.Database.Owner)
	s.afterTheBackup(t, open)
	s.mustHold(t)
	before := s.books(t)
	stop()

	database := s.own.Database
	remake(ctx, t, c.Postgres, database)
	runTool(ctx, t, "pg_restore", "--exit-on-error", "--no-owner", "--dbname="+database.Owner, dump)
	b := newBarrier(t)
	c.Deliver, c.Listen = b.before, strings.TrimPrefix(s.own.URL, "http://") // its address is in tokens and in what the provider was asked
	s.openAgain(t, c)
	ended = false
	if lost := s.books(t); cmp.Equal(before, lost) {
		t.Error("the restored database is as it was before: nothing had to be decided again")
	}
	s.recover(t, since)
	b.lift()
	s.caughtUp(t)
	s.mustHold(t)
	if diff := cmp.Diff(before, s.books(t)); diff != "" {
		t.Errorf("the books (-before +after):\n%s", diff)
	}
	s.recover(t, since) // somebody is not sure
	s.purchases(t, 4, 2)
	s.caughtUp(t)
	s.mustHold(t)
}

// caughtUp waits until every function has taken all there is for it, and nothing has come of that any more.
func (s *storm) caughtUp(t *testing.T) {
	t.Helper()
	reader, err := kgo.NewClient(kgo.SeedBrokers(s.own.Kafka...))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	admin, names := kadm.NewClient(reader), slices.Collect(maps.Keys(groups()))
	until := time.Now().Add(patience)
	for last := int64(-1); ; time.Sleep(100 * time.Millisecond) { // a poll with a deadline
		behind, end := int64(0), int64(0)
		lags, err := admin.Lag(s.ctx, names...)
		if err == nil {
			err = lags.Error()
		}
		for _, group := range lags {
			for _, l := range group.Lag.Sorted() {
				behind, end = behind+max(l.Lag, 0), end+l.End.Offset
			}
		}
		if err == nil && behind == 0 && end == last {
			return
		}
		if last = end; time.Now().After(until) {
			t.Fatalf("%d records have not been taken: %v", behind, err)
		}
	}
}

// remake makes the database anew, empty.
func remake(ctx context.Context, t *testing.T, admin string, d postgres.Database) {
	t.Helper()
	owner, err := url.Parse(d.Owner)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := owner.User.Password()
	if err := postgres.DropDatabase(ctx, admin, d.Name); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.CreateDatabase(ctx, admin, d.Name, password); err != nil {
		t.Fatal(err)
	}
}

// openAgain starts the mart again. What is in the topics by now is about decisions that were lost: it is not looked at.
func (s *storm) openAgain(t *testing.T, c laptop.Config) {
	t.Helper()
	buyers := s.buyers
	own, err := laptop.Start(s.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	s.own = own
	s.line = s.ends(t)
	if s.mart, err = seen(s.ctx, own); err != nil {
		t.Fatal(err)
	}
	for i := range buyers {
		buyers[i].URL = own.URL
	}
}

// ends is the present end of every topic.
func (s *storm) ends(t *testing.T) line {
	t.Helper()
	past, err := s.recordsOf(s.ctx, events.Topics()...)
	if err != nil {
		t.Fatal(err)
	}
	from := line{}
	for topic, partitions := range s.line.from(events.Topics()...) {
		from[topic] = map[int32]kgo.Offset{}
		for partition, offset := range partitions {
			from[topic][partition] = kgo.NewOffset().At(max(0, offset.EpochOffset().Offset))
		}
	}
	for _, r := range past {
		if at := from[r.Topic][r.Partition].EpochOffset().Offset; r.Offset >= at {
			from[r.Topic][r.Partition] = kgo.NewOffset().At(r.Offset + 1)
		}
	}
	return from
}

func (s *storm) recover(t *testing.T, since time.Time) {
	t.Helper()
	commands, err := recovery.Read(s.ctx, events.KafkaConfig{Brokers: s.own.Kafka}, since)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := recovery.Decide(s.ctx, s.own.At(events.DB), commands, func(*kgo.Record) { n++ }); err != nil || n == 0 || n != len(commands) {
		t.Fatalf("%d of %d commands: %v", n, len(commands), err)
	}
}
