package bench

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// A batch is one round trip, whatever is in it; statements one after another are one each.
func TestTapCountsStatementsAndRoundTrips(t *testing.T) {
	t.Parallel()
	heard := newTap()
	proxy, err := proxyTo(t.Context(), pgtest.New(t).Owner, 0, heard)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.close()
	conn, err := pgx.Connect(t.Context(), proxy.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	batch := func(statements ...string) func() {
		return func() {
			b := &pgx.Batch{}
			for _, s := range statements {
				b.Queue(s)
			}
			if err := conn.SendBatch(t.Context(), b).Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	exec := func(statement string) {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		do   func()
		want spoken
	}{
		{"a batch", batch("begin", "select 1", "select 2", "commit"), spoken{1, 4, 1, 0}},
		{"the same batch again", batch("begin", "select 1", "select 2", "commit"), spoken{1, 4, 1, 0}},
		{"a transaction of two batches", func() { batch("begin", "select 1")(); batch("select 2", "commit")() }, spoken{1, 4, 2, 0}},
		{"one after another", func() { exec("begin"); exec("select 3"); exec("commit") }, spoken{1, 3, 3, 0}},
		{"only reads", func() { exec("select 4"); exec("select 4") }, spoken{0, 0, 0, 2}},
	} {
		before := heard.count()
		c.do()
		after := heard.count()
		got := spoken{after.transactions - before.transactions, after.statements - before.statements, after.trips - before.trips, after.reads - before.reads}
		if diff := cmp.Diff(c.want, got, cmpopts.EquateComparable(spoken{})); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
	heard.learning(true)
	exec("select 5")
	heard.learning(false)
	before := heard.count()
	batch("begin", "select 5", "commit")()
	if heard.count() != before {
		t.Error("what always goes on was counted")
	}
}
