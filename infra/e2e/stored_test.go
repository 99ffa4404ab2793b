package e2e

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/journal"
	"github.com/onlinemart/mart/infra/client"
	"github.com/twmb/franz-go/pkg/kgo"
)

// wish is a request that changes something, as it is sent and sent again.
type wish struct {
	by      client.Client
	path    string
	body    any
	results []string // their types
}

// brandToBe is something both releases know.
func (s *storm) brandToBe() wish {
	return wish{s.owner, "/brands", map[string]string{"name": unique("Brand")}, []string{events.BrandCreated.Type()}}
}

// orderToBe is an order with a note, of which the next release says something that this one does not know.
func (s *storm) orderToBe() wish {
	return wish{s.buyers[0].Client, "/orders", map[string]any{
		"lines": []client.Line{{ProductID: s.products[0].ID, Quantity: 1}}, "shippingAddress": client.Address(canaryName),
	}, []string{events.OrderPlaced.Type(), "com.onlinemart.order.noted.v1"}}
}

// said is a result as it is on the wire.
type said struct{ Type, Source, Subject, Cause, Seal, Data string }

// storedByOneReleaseSaidByAnother kills db when it has committed a command and before it publishes the results. Another release
// publishes them, byte for byte, and gives them as the answer when the command comes again.
func (s *storm) storedByOneReleaseSaidByAnother(t *testing.T, c *children, from, to program, w wish) {
	t.Helper()
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(s.ctx) }()
	s.quiet(t, conn)
	dying := program{from.path, append(from.env, "MART_FAILPOINT=after-commit")}
	s.mustBecome(t, c, events.DB, dying)
	ends := c.endsOf(events.DB)
	c.hold(events.DB)
	key := client.NewKey()
	a := send(s.ctx, t, w.by, http.MethodPost, w.path, w.body, key, client.Prefer("respond-async"))
	if err := c.ended(s.ctx, events.DB, ends); err != nil || a.Status != http.StatusAccepted {
		t.Fatalf("%d %s: %v", a.Status, a.Body, err)
	}
	stored := s.unpublished(t, conn)
	c.become(events.DB, to)
	if err := s.sees("select not exists (select from outbox)"); err != nil {
		t.Fatal(err)
	}
	want, topics := map[string]said{}, []string{}
	results := stored.Results
	var types []string
	for _, e := range results {
		types = append(types, e.Type)
		want[e.ID] = said{e.Type, e.Source, e.Subject, e.Causation, e.Seal, string(e.Data)}
		name := strings.TrimSuffix(strings.TrimPrefix(e.Type, "com.onlinemart."), ".v1")
		topics = append(topics, "mart."+name)
	}
	if diff := cmp.Diff(w.results, types); diff != "" {
		t.Fatalf("other results are stored (-want +stored):\n%s", diff)
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)
	if diff := cmp.Diff(want, s.saidOf(t, topics, want, 1)); diff != "" {
		t.Errorf("the other release says otherwise (-stored +published):\n%s", diff)
	}
	again := send(s.ctx, t, w.by, http.MethodPost, w.path, w.body, key)
	if again.Status != http.StatusCreated || again.Header.Get("Location") != w.path+"/"+results[0].Subject {
		t.Errorf("the command again: %d %v %s", again.Status, again.Header, again.Body)
	}
	s.deliverAgain(t, stored.ID, results[0])
	if diff := cmp.Diff(want, s.saidOf(t, topics, want, 2)); diff != "" {
		t.Errorf("said again, it is otherwise (-stored +published):\n%s", diff)
	}
	if diff := cmp.Diff([]journal.Entry{stored}, s.entries(t, conn, "j.id = $1", stored.ID)); diff != "" {
		t.Errorf("what is stored has changed (-before +after):\n%s", diff)
	}
}

// quiet waits until nothing is under way, not even a welcome.
func (s *storm) quiet(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for _, b := range s.buyers {
		if _, err := s.mail.AwaitMail(s.ctx, b.email, func(client.Mail) bool { return true }); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range s.notQuiescent(conn, restPatience) {
		t.Fatal(v)
	}
}

// unpublished is the one command whose results nobody has heard.
func (s *storm) unpublished(t *testing.T, conn *pgx.Conn) journal.Entry {
	t.Helper()
	found := s.entries(t, conn, "j.number in (select number from outbox)")
	if len(found) != 1 {
		t.Fatalf("%d commands are decided and unpublished, want one: %v", len(found), found)
	}
	return found[0]
}

// entries are those of the journal for which a condition holds.
func (s *storm) entries(t *testing.T, conn *pgx.Conn, condition string, args ...any) []journal.Entry {
	t.Helper()
	rows, err := conn.Query(s.ctx, "select "+journal.Columns+" from "+journal.From+" where "+condition, args...)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, journal.Read)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// deliverAgain puts a command into its topic once more, as it stands there.
func (s *storm) deliverAgain(t *testing.T, id string, result events.Envelope) {
	t.Helper()
	records, err := s.recordsOf(s.ctx, "mart."+events.NounOf(result.Type)+".commands")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(records, func(r *kgo.Record) bool { return header(r, "ce_id") == id })
	if i < 0 {
		t.Fatalf("the command %s is not in its topic", id)
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(s.own.Kafka...))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	r := records[i]
	if err := producer.ProduceSync(s.ctx, &kgo.Record{Topic: r.Topic, Key: r.Key, Value: r.Value, Headers: r.Headers}).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// saidOf reads from topics what was said under the ids of want, once each has been said so often. All of one id must be the same.
func (s *storm) saidOf(t *testing.T, topics []string, want map[string]said, times int) map[string]said {
	t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	for {
		records, err := s.recordsOf(ctx, topics...)
		if err != nil {
			t.Fatal(err)
		}
		got, count := map[string]said{}, map[string]int{}
		for _, r := range records {
			id := header(r, "ce_id")
			if _, wanted := want[id]; !wanted {
				continue
			}
			one := said{header(r, "ce_type"), header(r, "ce_source"), header(r, "ce_subject"), header(r, "ce_causationid"), header(r, "ce_seal"), string(r.Value)}
			if before, twice := got[id]; twice && before != one {
				t.Errorf("%s was said as %v and as %v", id, before, one)
			}
			got[id] = one
			count[id]++
		}
		enough := len(got) == len(want)
		for _, n := range count {
			enough = enough && n >= times
		}
		if enough {
			return got
		}
		time.Sleep(50 * time.Millisecond) // a poll with a deadline
	}
}
