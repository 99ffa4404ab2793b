package e2e

import (
	"context"
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
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
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
func TestStormRestore(t *testing.T) {
	postgresTool(t, "pg_dump")
	s := newStorm(t, 100, func(c *laptop.Config) {
		c.OwnerPassword = passphrase
		if c.Postgres == "" {
			c.Postgres = ownPostgres(t) // one that stays when the mart stops
		}
	})
	s.purchases(t, 12, 4)
	open := s.buyers[0].order(s.ctx, t, s.products[0].ID, 1)
	since := time.Now().Add(-time.Second)
	dump := filepath.Join(t.TempDir(), "mart.dump")
	runTool(s.ctx, t, "pg_dump", "--format=custom", "--exclude-table-data=person_key", "--file="+dump, s.own.Database.Owner)
	s.afterTheBackup(t, open)
	s.awaitDelivered(t)
	s.mustHold(t)
	before := s.books(t)
	keys := filepath.Join(t.TempDir(), "keys.dump") // which are backed up oftener: what is on the topics of whoever came since is read with them
	runTool(s.ctx, t, "pg_dump", "--format=custom", "--data-only", "--table=person_key", "--file="+keys, s.own.Database.Owner)

	b := newBarrier(t)
	s.restore(t, dump, keys, b)
	if lost := s.books(t); cmp.Equal(before, lost) {
		t.Error("the restored database is as it was before: nothing had to be decided again")
	}
	s.recover(t, since)
	b.lift()
	s.awaitDelivered(t)
	s.mustHold(t)
	if diff := cmp.Diff(before, s.books(t)); diff != "" {
		t.Errorf("the books (-before +after):\n%s", diff)
	}
	s.recover(t, since) // somebody is not sure
	s.purchases(t, 4, 2)
	s.awaitDelivered(t)
	s.mustHold(t)
}

func ownPostgres(t *testing.T) string {
	t.Helper()
	server, err := postgres.Start(t.Context(), postgres.Config{DataDir: pgtest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return server.AdminDSN()
}

// restore stops the mart, puts the backup in the place of its database and starts it again two days later, when the provider knows no
// request again. Events wait behind the barrier. What is in the topics by now is about decisions that were lost: it is not looked at.
func (s *storm) restore(t *testing.T, dump, keys string, b *barrier) {
	t.Helper()
	if err := s.own.Stop(s.ctx); err != nil {
		t.Fatal(err)
	}
	remake(s.ctx, t, s.cfg.Postgres, s.own.Database)
	runTool(s.ctx, t, "pg_restore", "--exit-on-error", "--no-owner", "--dbname="+s.own.Database.Owner, dump)
	runTool(s.ctx, t, "pg_restore", "--exit-on-error", "--no-owner", "--data-only", "--dbname="+s.own.Database.Owner, keys)
	c := s.cfg
	c.Deliver, c.ProviderAhead = b.before, twoDays
	c.Listen = strings.TrimPrefix(s.own.URL, "http://") // its address is in tokens and in what the provider was asked
	c.Settings = map[events.Function]map[string]string{}
	for _, f := range []events.Function{events.Payment, events.Notification} { // to them, all that was asked for so far is old
		c.Settings[f] = map[string]string{"EVENT_LATE_AFTER": "1ns"}
	}
	own, err := laptop.Start(s.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	s.own = own
	s.startAt = s.presentEnds(t)
	if s.mart, err = seen(s.ctx, own); err != nil {
		t.Fatal(err)
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

// presentEnds is the present end of every topic, as where records begin.
func (s *storm) presentEnds(t *testing.T) startOffsets {
	t.Helper()
	past, err := s.recordsOf(s.ctx, topicsIn(s.cfg)...)
	if err != nil {
		t.Fatal(err)
	}
	from := startOffsets{}
	for topic, partitions := range s.startAt.from(topicsIn(s.cfg)...) {
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
	commands, err := recovery.Read(s.ctx, bus.KafkaConfig{Brokers: s.own.Kafka}, since)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := recovery.Decide(s.ctx, s.own.At(events.DB), commands, func(*kgo.Record) { n++ }); err != nil || n == 0 || n != len(commands) {
		t.Fatalf("%d of %d commands: %v", n, len(commands), err)
	}
}
