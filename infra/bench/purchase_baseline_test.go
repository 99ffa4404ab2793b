package bench

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/infra/laptop"
)

// written is what a database holds, table by table: how many rows, and how often they were changed, as far as a version says so.
type written map[string]struct{ Rows, Versions int64 }

func writtenIn(ctx context.Context, t *testing.T, dsn string) written {
	t.Helper()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, `
		select t.tablename, exists(select from pg_attribute a where a.attrelid = format('public.%I', t.tablename)::regclass and a.attname = 'version' and a.attnum > 0)
		from pg_tables t where t.schemaname = 'public' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	versioned := map[string]bool{}
	var table string
	var has bool
	if _, err := pgx.ForEachRow(rows, []any{&table, &has}, func() error { versioned[table] = has; return nil }); err != nil {
		t.Fatal(err)
	}
	all := written{}
	for table, has := range versioned {
		column := "0"
		if has {
			column = "version"
		}
		w := all[table]
		if err := conn.QueryRow(ctx, `select count(*), coalesce(sum(`+column+`), 0) from `+pgx.Identifier{table}.Sanitize()).Scan(&w.Rows, &w.Versions); err != nil {
			t.Fatal(err)
		}
		all[table] = w
	}
	return all
}

// since is what was written after before; what is zero is left out. A stock's movement counts from the ones before it, so its version is no measure.
func (w written) since(before written) written {
	diff := written{}
	for table, now := range w {
		now.Rows -= before[table].Rows
		now.Versions -= before[table].Versions
		if table == "stock_ledger" {
			now.Versions = 0
		}
		if now.Rows != 0 || now.Versions != 0 {
			diff[table] = now
		}
	}
	return diff
}

func thePgbench(t *testing.T) string {
	t.Helper()
	program, err := findPgbench()
	if errors.Is(err, errNoPgbench) {
		t.Skipf("what db does cannot be compared with its baseline: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// Without pgbench the baselines are left out, and the rest is measured; a program of this commit must have scripts that fit.
func TestWithoutABaselineTheRestIsMeasured(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err           error
		foreign, want bool
	}{{errNoPgbench, false, true}, {errNoScript, true, true}, {errNoScript, false, false}, {errors.New("no connection"), true, false}, {nil, true, false}} {
		r := newRun(Options{})
		r.foreign = c.foreign
		if got := r.unmeasured(c.err); got != c.want {
			t.Errorf("%v, of another commit %t: left out %t, want %t", c.err, c.foreign, got, c.want)
		}
	}
}

func TestTheBaselineOfPurchasesIsWhatDBDoes(t *testing.T) {
	t.Parallel()
	pgbench := thePgbench(t)
	r := newRun(Options{})
	c := &counting{run: r, tap: newTap()}
	err := r.inMart(t.Context(), laptop.InProcess, func(ctx context.Context) error {
		shelf, people, err := r.shop(ctx, 1, 1)
		if err != nil {
			return err
		}
		if err := c.several(ctx, people[0].Client, shelf[0].ID, 1); err != nil {
			return err
		}
		before := writtenIn(ctx, t, r.at.database.Owner)
		if err := c.several(ctx, people[0].Client, shelf[0].ID, 1); err != nil {
			return err
		}
		between := writtenIn(ctx, t, r.at.database.Owner)
		if _, err := r.pgbenchPurchases(ctx, pgbench, purchaseScripts[0], "-D", "run=2", "-c", "1", "-t", "1"); err != nil {
			return err
		}
		after := writtenIn(ctx, t, r.at.database.Owner)
		if diff := cmp.Diff(between.since(before), after.since(between)); diff != "" {
			t.Errorf("a purchase in the mart (-) and the baseline's (+) differ; write purchase.sql as db does it now:\n%s", diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The newest script for creates is for the tables as they are.
func TestTheBaselineOfCreatesFitsTheTables(t *testing.T) {
	t.Parallel()
	pgbench := thePgbench(t)
	r := newRun(Options{})
	err := r.inMart(t.Context(), laptop.InProcess, func(ctx context.Context) error {
		run, err := r.creating(ctx, pgbench)
		if err != nil {
			return err
		}
		before := writtenIn(ctx, t, r.at.database.Owner)
		if _, err := run("-c", "2", "-t", "3"); err != nil {
			return err
		}
		got := writtenIn(ctx, t, r.at.database.Owner).since(before)
		if got["brand"].Rows != 6 || got["inbox"].Rows != 6 {
			t.Errorf("the baseline writes %v, want a brand for each of 6 commands", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Of the scripts the newest that does what it says is taken; when none does, what the newest said is told.
func TestAScriptThatFitsIsTaken(t *testing.T) {
	t.Parallel()
	newest := errors.New("no such column")
	var tried []string
	try := func(errs map[string]error) func(string) error {
		return func(script string) error { tried = append(tried, script); return errs[script] }
	}
	if err := fitting(t.Context(), []string{"new", "old", "oldest"}, try(map[string]error{"new": newest})); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"new", "old"}, tried); diff != "" {
		t.Errorf("scripts tried (-want +got):\n%s", diff)
	}
	err := fitting(t.Context(), []string{"new", "old"}, try(map[string]error{"new": newest, "old": errors.New("no such table")}))
	if !errors.Is(err, errNoScript) || !errors.Is(err, newest) {
		t.Errorf("when none fits: %v, want what the newest said", err)
	}
	tried = nil
	ctx, stop := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupt")
	err = fitting(ctx, []string{"new", "old"}, func(script string) error {
		tried = append(tried, script)
		stop(interrupted)
		return errors.New("pgbench: signal: interrupt")
	})
	if !errors.Is(err, interrupted) || errors.Is(err, errNoScript) || len(tried) != 1 {
		t.Errorf("stopped at %q: %v, want that it was stopped", tried, err)
	}
}

// A measurement in which nothing was done is made again, a few times.
func TestABaselineInWhichNothingWasDoneIsMeasuredAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stalls string
		want   string
	}{
		"once":   {"1", ""},
		"always": {"99", "pgbench finished no transaction, 3 times in a row: measure for longer (--for), or when less else is done here"},
	} {
		folder := t.TempDir()
		script := "echo >> '" + folder + "/runs'\nif [ $(wc -l < '" + folder + "/runs') -le " + c.stalls + " ]; then\n" +
			"echo 'number of transactions actually processed: 0'\nelse\necho 'tps = 42.5 (without initial connection time)'\nfi\n"
		got, err := tps(t.Context(), "sh", "-c", script)
		if c.want == "" && (err != nil || got != 42.5) || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
