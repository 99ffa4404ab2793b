package e2e

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// Whoever is told to come back in a second, and repeats the request with its Idempotency-Key then, gets through; before, they get the same refusal, and
// nothing is decided. What was decided then stays the answer.
func TestStormARefusalThatPassesIsNoAnswerForGood(t *testing.T) {
	m, own, ctx := ownMart(t, patience, func(c *laptop.Config) {
		c.Settings = map[events.Function]map[string]string{events.DB: {"REGISTER_NETWORK": "3600"}}
	})
	db, err := connect(ctx, own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(ctx) }()
	set := func(sql string) {
		t.Helper()
		if tag, err := db.Exec(ctx, sql); err != nil || tag.RowsAffected() != 1 {
			t.Fatalf("%s: %v, %v", sql, tag, err)
		}
	}
	decided := func() map[string]int {
		t.Helper()
		all := map[string]int{}
		rows, err := db.Query(ctx, `select outcome from journal where type = $1`, events.RegisterCustomer.Type())
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var outcome string
			if err := rows.Scan(&outcome); err != nil {
				t.Fatal(err)
			}
			all[outcome]++
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		return all
	}
	register := func(email string, key client.Header) client.Answer {
		t.Helper()
		return send(ctx, t, m.api, http.MethodPost, "/customers", map[string]string{"email": email, "name": "Eve", "password": passphrase}, key)
	}
	if a := register(unique("first")+"@example.com", client.NewKey()); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	// All that the network may, and no time passes there.
	set(`update network_tries set spent = 3600, spent_at = now() + interval '1 hour' where what = 'registration'`)
	before, email, key := decided(), unique("eve")+"@example.com", client.NewKey()
	if a := register(email, key); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "1" {
		t.Fatalf("%d, Retry-After %q: %s", a.Status, a.Header.Get("Retry-After"), a.Body)
	}
	set(`update network_tries set spent = 0 where what = 'registration'`)
	a := register(email, key)
	for end := time.Now().Add(patience); a.Status == http.StatusTooManyRequests && time.Now().Before(end); a = register(email, key) {
		<-time.After(100 * time.Millisecond) // what Retry-After says is a second
	}
	if a.Status != http.StatusOK {
		t.Fatalf("after the wait: %d %s", a.Status, a.Body)
	}
	want := maps.Clone(before)
	want["rejected"]++
	want["succeeded"]++
	for range 2 {
		if diff := cmp.Diff(want, decided()); diff != "" {
			t.Errorf("(-want +decided):\n%s", diff)
		}
		if a := register(email, key); a.Status != http.StatusOK {
			t.Errorf("once more: %d %s", a.Status, a.Body)
		}
	}
}
