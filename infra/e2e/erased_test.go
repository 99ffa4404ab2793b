package e2e

import (
	"context"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// Of whoever was erased nothing is read any more, in clear or with every key that is left: in no topic, no dead letter, no table and no log of
// any function. What the shop sold and got for it is as it was.
func TestStormErasedIsDarkEverywhere(t *testing.T) {
	c := newChildren(t, events.Functions()...)
	ring := rings{"EVENT_SEAL_KEYS": events.GenerateRing("s1"), "EVENT_PERSONAL_KEYS": events.GenerateRing("p1"), "TOKEN_KEYS": events.GenerateRing("t1")}
	for _, f := range c.of {
		c.become(f, program{env: append(ring.env(f), "LOG_LEVEL=debug")})
	}
	s := newStorm(t, 4, func(cfg *laptop.Config) { cfg.Serve = c.serve })
	keys, err := events.NewKeys(ring["EVENT_SEAL_KEYS"], ring["EVENT_PERSONAL_KEYS"])
	if err != nil {
		t.Fatal(err)
	}
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	d := &detective{storm: s, functions: c, conn: conn, ring: keys, log: c.log.Name()}
	d.watched(t)
	d.buries(t)
	s.delivered(t)

	before := d.found(t)
	for _, canary := range d.canaries {
		if !slices.Contains(before["topics"], canary) {
			t.Errorf("%s is on no topic before: it proves nothing that it is not afterwards", canary)
		}
	}
	if len(before["dead letters"]) == 0 || len(before["tables"]) == 0 || before["logs"] != nil {
		t.Errorf("before, it is in %v", before)
	}
	books := s.books(t)
	if a := send(s.ctx, t, s.owner, http.MethodDelete, "/customers/"+d.id, nil, client.IfMatch("*")); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	d.awaitDark(t)
	if after := d.found(t); len(after) > 0 {
		t.Errorf("it is left: %v", after)
	}
	if diff := cmp.Diff(books, s.books(t)); diff != "" {
		t.Errorf("the books (-before +after):\n%s", diff)
	}
	s.purchases(t, 2, 1) // of others, as ever
}

// detective looks for what is known of somebody.
type detective struct {
	*storm
	functions *children
	conn      *pgx.Conn
	ring      *events.Keys
	log       string // the file of the functions' logs
	id        string
	canaries  []string
}

// watched is somebody who registers, buys, gets what they have bought and does not want it; each thing that is said of them is a canary.
func (d *detective) watched(t *testing.T) {
	t.Helper()
	name, email, track, reason, note := unique("Canary"), unique("canary")+"@example.com", unique("track"), unique("reason"), unique("note")
	entered, customer, err := d.api.Register(d.ctx, email, name, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	d.id, d.canaries = customer.ID, []string{name, email, track, reason, note}
	b := buyer{entered, email, customer.ID}
	line := client.Line{ProductID: d.products[0].ID, Quantity: 1}
	order, err := b.Order(d.ctx, name, line)
	if err != nil {
		t.Fatal(err)
	}
	b.pay(d.ctx, t, order.ID, "pm_card_visa", "captured")
	b.status(d.ctx, t, order.ID, "paid")
	if _, err = d.owner.Fulfil(d.ctx, order.ID, "Post", track, line); err != nil {
		t.Fatal(err)
	}
	if _, err = d.owner.Deliver(d.ctx, order.ID, ""); err != nil {
		t.Fatal(err)
	}
	asked, err := b.Return(d.ctx, order.ID, reason, line)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = d.owner.Answer(d.ctx, order.ID, asked.Returns[0].ID, "refusal", note); err != nil {
		t.Fatal(err)
	}
	if _, err := d.mail.AwaitMail(d.ctx, email, func(m client.Mail) bool { return strings.Contains(m.Subject, "is refused") }); err != nil {
		t.Fatal(err)
	}
}

// buries makes a dead letter of what they have registered with: a record whose seal does not fit.
func (d *detective) buries(t *testing.T) {
	t.Helper()
	records, err := d.recordsOf(d.ctx, events.RegisterCustomer.Topic())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(records, func(r *kgo.Record) bool { return header(r, "ce_subject") == d.id })
	if i < 0 {
		t.Fatal("their registration is on no topic")
	}
	forged := &kgo.Record{Topic: records[i].Topic, Value: records[i].Value}
	for _, h := range records[i].Headers {
		if h.Key == "ce_id" {
			h.Value = []byte(unique("forged"))
		}
		forged.Headers = append(forged.Headers, h)
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(d.own.Kafka...))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.ProduceSync(d.ctx, forged).FirstErr(); err != nil {
		t.Fatal(err)
	}
	d.awaitDeadLetters(t, 1)
}

// awaitDark waits for the sweep to look at whoever was erased. It does once a minute, and as soon as db has started.
func (d *detective) awaitDark(t *testing.T) {
	t.Helper()
	if _, err := d.conn.Exec(d.ctx, `update erasure set erased_at = erased_at - interval '1 minute' where customer_id = $1`, d.id); err != nil {
		t.Fatal(err)
	}
	if err := d.functions.signal(d.ctx, events.DB, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var gone bool
	for end := time.Now().Add(restPatience); !gone && time.Now().Before(end); time.Sleep(50 * time.Millisecond) { // a poll with a deadline
		if err := d.conn.QueryRow(d.ctx, `select exists (select from person_key where person_id = $1 and gone_at is not null)`, d.id).Scan(&gone); err != nil {
			t.Fatal(err)
		}
	}
	if !gone {
		t.Fatal("their key is still there")
	}
}

// found is which canaries are found, and where.
func (d *detective) found(t *testing.T) map[string][]string {
	t.Helper()
	keys := d.ring.With(d.persons(t)...)
	places := map[string][]string{}
	see := func(place, text string) {
		for _, canary := range d.canaries {
			if !slices.Contains(places[place], canary) && tells(keys, text, canary) {
				places[place] = append(places[place], canary)
			}
		}
	}
	records, err := d.recordsOf(d.ctx, topicsIn(d.cfg)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		place := "topics"
		if r.Topic == events.DeadLetterTopic {
			place = "dead letters"
		}
		see(place, string(r.Value)+" "+string(r.Key)+" "+reason(r))
		for _, h := range r.Headers {
			see(place, string(h.Value))
		}
	}
	for _, row := range d.rows(t) {
		see("tables", row)
	}
	log, err := os.ReadFile(d.log)
	if err != nil {
		t.Fatal(err)
	}
	if len(log) == 0 {
		t.Error("nothing was logged: it proves nothing that nobody is named there")
	}
	see("logs", string(log))
	return places
}

var encrypted = regexp.MustCompile(`p(?:1|:[A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{39,}`)

// tells tells whether a text has something, in clear or for whoever has these keys.
func tells(keys *events.Keys, text, what string) bool {
	if strings.Contains(text, what) {
		return true
	}
	return slices.ContainsFunc(encrypted.FindAllString(text, -1), func(ciphertext string) bool {
		value := events.FromCiphertext(ciphertext)
		return keys.Decrypt(&value) == nil && strings.Contains(value.Plaintext(), what)
	})
}

// persons is every person's key that is left.
func (d *detective) persons(t *testing.T) []events.PersonKey {
	t.Helper()
	rows, err := d.conn.Query(d.ctx, `select person_id::text, wrapped from person_key where gone_at is null`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (events.PersonKey, error) {
		var id string
		var key events.Personal
		if err := row.Scan(&id, &key); err != nil {
			return events.PersonKey{}, err
		}
		if err := d.ring.Decrypt(&key); err != nil {
			return events.PersonKey{}, err
		}
		return events.ReadPersonKey(id, key)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rows is every row of every table, as text.
func (d *detective) rows(t *testing.T) (all []string) {
	t.Helper()
	tables, err := d.conn.Query(d.ctx, `select format('select t::text from %I t', table_name) from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`)
	if err != nil {
		t.Fatal(err)
	}
	selects, err := pgx.CollectRows(tables, pgx.RowTo[string])
	if err != nil || len(selects) < 20 {
		t.Fatalf("%d tables, %v", len(selects), err)
	}
	for _, sql := range selects {
		rows, err := d.conn.Query(d.ctx, sql)
		if err != nil {
			t.Fatal(err)
		}
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, texts...)
	}
	return all
}
