package inbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/db/journal"
)

// CarryVersion is the migration that brings the decisions of the table that inbox was into the three that there are now.
const CarryVersion = 11

// carryLimit is how many go at once.
const carryLimit = 500

// CarryOver is that migration. What was undecided, which no release has ever committed, is left out, so that it is decided when it comes
// again. Of an entry that is carried over, nobody knows what led to the command, nor when it was asked: then counts when it was received.
func CarryOver(log *slog.Logger) *goose.Migration {
	up := func(ctx context.Context, tx *sql.Tx) error {
		if err := carryAll(ctx, tx, log); err != nil {
			return fmt.Errorf("carry the decisions over: %w", err)
		}
		return nil
	}
	stay := func(context.Context, *sql.Tx) error {
		return errors.New("the release before this one cannot read what was decided since: go back to a backup")
	}
	return goose.NewGoMigration(CarryVersion, &goose.GoFunc{RunTx: up}, &goose.GoFunc{RunTx: stay})
}

const (
	// oldMonths makes the partitions of all that is there, and the usual ones.
	oldMonths = `
		select add_journal_months(2), add_journal_month(m) from (
			select distinct date_trunc('month', received_at at time zone 'UTC') as m from inbox_before
		) months`
	declareOld = `
		declare old no scroll cursor for
		select source, id, type, subject, fingerprint, asked_by, asked_by_id, received_at, completed_at, results, published_at is null
		from inbox_before where results is not null order by received_at`
	countUndecided = `select count(*) from inbox_before where results is null`
	carryInbox     = `
		insert into inbox (id, source, fingerprint, received_at)
		select id, source, fingerprint, received_at
		from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) with ordinality as c (id, source, fingerprint, received_at, position)
		order by position
		returning number`
	carryPersonal = `
		insert into journal_personal (key, week, ciphertexts)
		select key, date_trunc('week', at at time zone 'UTC')::date, ciphertexts::text[]
		from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as p (key, at, ciphertexts)
		on conflict do nothing`
	carryOutbox = `
		insert into outbox (number, received_at)
		select number, received_at from unnest($1::bigint[], $2::timestamptz[]) as o (number, received_at)`
)

func carryAll(ctx context.Context, tx *sql.Tx, log *slog.Logger) error {
	var undecided int
	if err := tx.QueryRowContext(ctx, countUndecided).Scan(&undecided); err != nil {
		return err
	}
	if undecided > 0 {
		log.Warn("commands without an outcome are not carried over: each is decided when it comes again", "commands", undecided)
	}
	for _, sql := range []string{oldMonths, declareOld} {
		if _, err := tx.ExecContext(ctx, sql); err != nil {
			return err
		}
	}
	for {
		old, err := fetchOld(ctx, tx)
		if err != nil {
			return err
		}
		if len(old) == 0 {
			break
		}
		if err := carrySome(ctx, tx, old); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `close old; drop table inbox_before`)
	return err
}

// old is a row of the table that inbox was.
type old struct {
	entry       journal.Entry
	unpublished bool
}

func fetchOld(ctx context.Context, tx *sql.Tx) (all []old, err error) {
	rows, err := tx.QueryContext(ctx, fmt.Sprintf("fetch %d from old", carryLimit))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var o old
		var completed *time.Time
		var stored []byte
		e := &o.entry
		if err := rows.Scan(&e.Source, &e.ID, &e.Type, &e.Subject, &e.Fingerprint, &e.By.Type, &e.By.ID, &e.ReceivedAt, &completed, &stored, &o.unpublished); err != nil {
			return nil, err
		}
		if err := o.read(completed, stored); err != nil {
			return nil, fmt.Errorf("%s %s: %w", e.Source, e.ID, err)
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

// read fills in what the row says otherwise than an entry does.
func (o *old) read(completed *time.Time, stored []byte) (err error) {
	e := &o.entry
	if e.Results, err = events.Unpack(stored); err != nil {
		return err
	}
	e.ReceivedAt = e.ReceivedAt.UTC()
	e.AskedAt, e.DecidedAt = e.ReceivedAt, e.ReceivedAt
	if completed != nil {
		e.DecidedAt = completed.UTC()
	}
	e.Correlation = e.ID
	if len(e.Results) > 0 {
		e.Correlation = e.Results[0].Correlation
	}
	e.Outcome = journal.OutcomeOf(events.NounOf(e.Type), e.Results)
	if e.Source == events.DB.Source() {
		e.Outcome = journal.Due
	}
	return nil
}

func carrySome(ctx context.Context, tx *sql.Tx, all []old) error {
	numbers, err := carryKeys(ctx, tx, all)
	if err != nil {
		return err
	}
	entries := make([]written, len(all))
	var sets, personal []string
	var weeks, since []time.Time
	var unpublished []int64
	for i, o := range all {
		o.entry.Number = numbers[i]
		p, err := journal.Pack(o.entry)
		if err != nil {
			return fmt.Errorf("%s %s: %w", o.entry.Source, o.entry.ID, err)
		}
		entries[i] = written{o.entry, p}
		if set := p.Set(); set != "" {
			sets, weeks, personal = append(sets, set), append(weeks, o.entry.ReceivedAt), append(personal, array(p.Personal))
		}
		if o.unpublished {
			unpublished, since = append(unpublished, numbers[i]), append(since, o.entry.ReceivedAt)
		}
	}
	for _, step := range append(journalRows.Insert(entries),
		pg.AnyRows(carryPersonal, sets, weeks, personal), pg.AnyRows(carryOutbox, unpublished, since)) {
		if _, err := tx.ExecContext(ctx, step.SQL, step.Args...); err != nil {
			return err
		}
	}
	return nil
}

// carryKeys makes the commands known, and gives their numbers.
func carryKeys(ctx context.Context, tx *sql.Tx, all []old) (numbers []int64, err error) {
	var ids, sources, fingerprints []string
	var received []time.Time
	for _, o := range all {
		e := o.entry
		ids, sources, fingerprints, received = append(ids, journal.Key(e.ID)), append(sources, e.Source), append(fingerprints, e.Fingerprint), append(received, e.ReceivedAt)
	}
	rows, err := tx.QueryContext(ctx, carryInbox, ids, sources, fingerprints, received)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(numbers) != len(all) {
		return nil, fmt.Errorf("%d of %d commands got a number", len(numbers), len(all))
	}
	return numbers, nil
}
