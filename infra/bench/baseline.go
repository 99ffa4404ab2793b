package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// baselineClients is how many connections the baseline uses, as the creates do.
const baselineClients = 64

// createScripts are what db does for one brand, statement by statement, in one transaction: pgbench runs it with its own variables. The newest
// comes first; the one that the tables take is used, for the older program of a pair may have older tables.
var createScripts = []string{createScript, createScriptBeforeJournal}

const createScript = `\set n random(1, 9000000000000000000)
begin;
insert into inbox (id, source, fingerprint) values (md5(':client_id.:n')::uuid, '/mart/bench', ':n') on conflict do nothing;
insert into brand (id, created_at, updated_at, name, slug, description) values (md5(':client_id.:n')::uuid, now(), now(), 'Bench', 'bench-:client_id-:n', '');
insert into journal (number, received_at, asked_at, decided_at, id, subject, correlation, source, type, asked_by, asked_by_id, outcome, results) select number, received_at, now(), now(), id, id, id, source, 'com.onlinemart.brand.create.v1', 'user', 'bench', 'succeeded', '[]' from inbox where id = md5(':client_id.:n')::uuid and source = '/mart/bench';
commit;
`

const createScriptBeforeJournal = `\set n random(1, 9000000000000000000)
begin;
insert into inbox (source, id, type, subject, fingerprint, asked_by, asked_by_id) values ('/mart/bench', ':client_id.:n', 'com.onlinemart.brand.create.v1', ':n', ':n', 'user', 'bench') on conflict do nothing;
insert into brand (id, created_at, updated_at, name, slug, description) values (gen_random_uuid(), now(), now(), 'Bench', 'bench-:client_id-:n', '');
update inbox set results = '[]'::bytea, completed_at = now(), published_at = now() where source = '/mart/bench' and id = ':client_id.:n' and results is null;
commit;
`

// errNoScript means that no baseline is written for the tables of a program.
var errNoScript = errors.New("no script is for this program's tables")

// errNoPgbench means that there is nothing to run a baseline with.
var errNoPgbench = errors.New("there is no pgbench, which comes with Postgres (Debian and Ubuntu: apt-get install postgresql)")

// baseline drives the database by pgbench, with nothing in between.
func (r *run) baseline(into *[]float64) func(context.Context) error {
	return func(ctx context.Context) error {
		r.result.BaselineTool = "pgbench, 64 connections"
		perSecond, err := r.pgbench(ctx)
		if r.unmeasured(err) {
			r.result.BaselineTool = "not measured"
			return nil
		}
		*into = append(*into, perSecond)
		return err
	}
}

// unmeasured tells, and says, that there is no baseline: its figures are left out.
func (r *run) unmeasured(err error) bool {
	if !errors.Is(err, errNoPgbench) && (!errors.Is(err, errNoScript) || !r.foreign) {
		return false
	}
	r.say("  not measured: " + err.Error())
	return true
}

func (r *run) pgbench(ctx context.Context) (float64, error) {
	program, err := findPgbench()
	if err != nil {
		return 0, err
	}
	run, err := r.creating(ctx, program)
	if err != nil {
		return 0, err
	}
	return run("-c", strconv.Itoa(baselineClients), "-j", "2", "-T", strconv.Itoa(max(1, int(r.For.Seconds()))))
}

// creating finds the script that fits and gives what runs it. Error: errNoScript.
func (r *run) creating(ctx context.Context, program string) (run func(args ...string) (float64, error), err error) {
	file := filepath.Join(r.at.folder, "baseline.sql")
	run = func(args ...string) (float64, error) {
		return tps(ctx, program, append(append([]string{"-n", "-M", "simple", "-f", file}, args...), r.at.database.App)...)
	}
	err = fitting(ctx, createScripts, func(script string) error {
		if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
			return fmt.Errorf("write the baseline: %w", err)
		}
		_, err := run("-c", "1", "-t", "1")
		return err
	})
	return run, err
}

// fitting tries scripts until one does what it says. Error: errNoScript, with what the newest said; or that it was stopped, which says nothing of
// the scripts.
func fitting(ctx context.Context, scripts []string, try func(script string) error) error {
	var newest error
	for _, script := range scripts {
		err := try(script)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		newest = cmp.Or(newest, err)
	}
	return fmt.Errorf("%w: %w", errNoScript, newest)
}

var (
	transactionsPerSecond = regexp.MustCompile(`tps = ([0-9.]+)`)
	noTransaction         = regexp.MustCompile(`transactions actually processed: 0\b`)
)

// baselineTries is how often a baseline is measured in which nothing was done at all: a disk that many share stands still for a second at times,
// and pgbench then names no speed.
const baselineTries = 3

// tps runs pgbench and reads how fast it was. Error: also when a statement failed.
func tps(ctx context.Context, program string, args ...string) (float64, error) {
	for range baselineTries {
		out, err := exec.CommandContext(ctx, program, args...).CombinedOutput() //nolint:gosec // the arguments are ours
		if err != nil {
			return 0, fmt.Errorf("pgbench: %w: %.2000s", err, out)
		}
		if found := transactionsPerSecond.FindSubmatch(out); found != nil {
			return strconv.ParseFloat(string(found[1]), 64)
		}
		if !noTransaction.Match(out) {
			return 0, fmt.Errorf("pgbench does not say how fast it was: %.2000s", out)
		}
	}
	return 0, fmt.Errorf("pgbench finished no transaction, %d times in a row: measure for longer (--for), or when less else is done here", baselineTries)
}

// findPgbench looks where distributions put it. Error: errNoPgbench.
func findPgbench() (string, error) {
	if path, err := exec.LookPath("pgbench"); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if err != nil || len(found) == 0 {
		return "", errNoPgbench
	}
	return found[len(found)-1], nil
}
