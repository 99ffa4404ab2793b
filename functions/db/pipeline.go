package db

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

// single runs a one-statement mutation by itself.
func (o *open) single(ctx context.Context, st statement) ([]events.Outgoing, error) {
	rows, err := o.tx.Query(ctx, st.sql, st.args...)
	if err != nil {
		return nil, err
	}
	messages, err := st.read(rows)
	o.tx.settle()
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, st.why(ctx, &o.tx)
	}
	o.tx.wrote = true
	return messages, err
}

// pipelined runs one-statement mutations in one round trip.
func (o *open) pipelined(ctx context.Context, jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	batch, queue := &pgx.Batch{}, make([]queued, len(jobs))
	for i, j := range jobs {
		st, err := o.phrase(j)
		if err != nil {
			return &setback{job: j, err: err}
		}
		queue[i] = queued{j, st}
	}
	slices.SortStableFunc(queue, func(a, b queued) int { return strings.Compare(a.claim, b.claim) })
	for _, q := range queue {
		batch.Queue(q.sql, q.args...)
	}
	unwritten, err := o.readAll(o.tx.conn.SendBatch(ctx, batch), queue)
	if err != nil {
		return err
	}
	for _, q := range unwritten {
		if err := o.conclude(q.job, o.reason(ctx, q)); err != nil {
			return err
		}
	}
	return nil
}

// phrase makes the statement. A panic is a permanent error.
func (o *open) phrase(j *job) (st statement, err error) {
	defer rescue(&err)
	return j.work.once(o.tx.Now), nil
}

// queued is a command with its one statement.
type queued struct {
	job *job
	statement
}

// reason asks why nothing was written.
func (o *open) reason(ctx context.Context, q queued) (err error) {
	o.tx.wrote = false
	defer rescue(&err)
	return q.why(ctx, &o.tx)
}

func (o *open) readAll(answers pgx.BatchResults, queue []queued) (unwritten []queued, err error) {
	defer func() {
		if closed := answers.Close(); err == nil && closed != nil {
			err = closed
		}
	}()
	for _, q := range queue {
		switch err := o.readOne(answers, q.job, q.statement); {
		case errors.Is(err, pgx.ErrNoRows):
			unwritten = append(unwritten, q)
		case err != nil:
			return nil, &setback{job: q.job, err: err}
		}
	}
	return unwritten, nil
}

func (o *open) readOne(answers pgx.BatchResults, j *job, st statement) (err error) {
	defer rescue(&err)
	rows, err := answers.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	messages, err := st.read(rows)
	if err != nil {
		return err
	}
	return o.stamp(j, messages)
}
