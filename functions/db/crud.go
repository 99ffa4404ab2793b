package db

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

// plain is what entities share that are created, replaced, hidden and read, and nothing more. F is what their asker says, S how they
// are stored. Each SQL text is one statement whose row is the stored state; no row means that it was not done.
type plain[F, S any] struct {
	noun   string
	create string  // $1 id, $2 now, then values
	update string  // $1 id, $2 expected version, $3 now, then values
	remove string  // $1 id, $2 expected version, $3 now
	live   string  // $1 id; gives the version
	get    string  // $1 id
	rule   rule[F] // the domain's
	values func(F) []any
	claim  func(F) string // the unique value it wants
	scan   func(pgx.CollectableRow) (S, error)
	meta   func(S) events.Meta
	// conflict says why a live row may not have these fields; removal why a row may not go. Nil: there is no reason.
	conflict func(ctx context.Context, tx *Tx, id string, f F) error
	removal  func(ctx context.Context, tx *Tx, id string) error
}

// creates is the mutation that makes one.
func (p plain[F, S]) creates(m events.Message[F], done events.Message[S]) mutation {
	return once(m, func(now time.Time, c events.Received[F]) statement {
		return statement{
			sql: p.create, args: append([]any{c.Subject, now}, p.values(c.Data)...), read: p.result(c.Subject, done), claim: p.claim(c.Data),
			why: func(ctx context.Context, tx *Tx) error { return p.whyNotCreated(ctx, tx, c) },
		}
	}, p.rule)
}

// updates is the mutation that replaces the fields of one.
func (p plain[F, S]) updates(m events.Message[events.Change[F]], done events.Message[S]) mutation {
	return once(m, func(now time.Time, c events.Received[events.Change[F]]) statement {
		return statement{
			sql: p.update, args: append([]any{c.Subject, c.Data.ExpectedVersion, now}, p.values(c.Data.Fields)...), read: p.result(c.Subject, done), claim: p.claim(c.Data.Fields),
			why: func(ctx context.Context, tx *Tx) error {
				return p.whyNotChanged(ctx, tx, c.Subject, c.Data.ExpectedVersion, func() error { return p.conflict(ctx, tx, c.Subject, c.Data.Fields) })
			},
		}
	}, ofChange(p.rule))
}

// removes is the mutation that hides one and frees its unique names.
func (p plain[F, S]) removes(m events.Message[events.Deletion], done events.Message[S]) mutation {
	return once(m, func(now time.Time, c events.Received[events.Deletion]) statement {
		return statement{
			sql: p.remove, args: []any{c.Subject, c.Data.ExpectedVersion, now}, read: p.result(c.Subject, done),
			why: func(ctx context.Context, tx *Tx) error {
				return p.whyNotChanged(ctx, tx, c.Subject, c.Data.ExpectedVersion, func() error {
					if p.removal == nil {
						return nil
					}
					return p.removal(ctx, tx, c.Subject)
				})
			},
		}
	})
}

// result reads the one row of a statement and says what was done.
func (p plain[F, S]) result(subject string, done events.Message[S]) func(pgx.Rows) ([]events.Outgoing, error) {
	return func(rows pgx.Rows) ([]events.Outgoing, error) {
		state, err := pgx.CollectExactlyOneRow(rows, p.scan)
		if err != nil {
			return nil, err
		}
		return events.Send(done.New(subject, state)), nil
	}
}

func (p plain[F, S]) whyNotCreated(ctx context.Context, tx *Tx, c events.Received[F]) error {
	if err := p.conflict(ctx, tx, c.Subject, c.Data); err != nil {
		return err
	}
	return events.Refuse("already_exists", "There is or was a %s %s already.", p.noun, c.Subject)
}

func (p plain[F, S]) whyNotChanged(ctx context.Context, tx *Tx, id string, expected int64, otherwise func() error) error {
	var version int64
	err := tx.QueryRow(ctx, p.live, id).Scan(&version)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return events.NotFound(p.noun, id)
	case err != nil:
		return err
	case version != expected:
		return events.Stale(p.noun, version)
	}
	if err := otherwise(); err != nil {
		return err
	}
	return errChangedMeanwhile
}

// errChangedMeanwhile means that what stood in the way has just gone: trying again will tell.
var errChangedMeanwhile = errors.New("changed meanwhile")

// taken is problem when the query finds a row, which has another id than this one, with a unique value.
func taken(ctx context.Context, tx *Tx, sql, value, id string, problem *events.Problem) error {
	err := tx.QueryRow(ctx, sql, value, id).Scan()
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return problem
}

// orNull stores an absent reference as null.
func orNull(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}

func utc(m *events.Meta) { m.CreatedAt, m.UpdatedAt = m.CreatedAt.UTC(), m.UpdatedAt.UTC() }

// read answers a lookup, once the thing has the version asked for. Errors: *Problem not_found or not_yet.
func (p plain[F, S]) read(ctx context.Context, st *Store, l events.Lookup) (S, error) {
	return atLeast(ctx, st.news, p.noun, l.ID, l.MinVersion, func() (S, int64, error) {
		rows, err := st.reads.Query(ctx, p.get, l.ID)
		if err != nil {
			var none S
			return none, 0, err
		}
		state, err := pgx.CollectExactlyOneRow(rows, p.scan)
		return state, p.meta(state).Version, err
	})
}

const (
	versionWait  = 2 * time.Second
	versionPause = 50 * time.Millisecond // for what another replica changes; what this one changes is told
)

// atLeast reads something until it has a version of at least min, for 2 seconds. read gives pgx.ErrNoRows when there is none.
// Errors: *Problem not_found, or not_yet when that version has not come.
func atLeast[S any](ctx context.Context, n *news, noun, id string, min int64, read func() (S, int64, error)) (S, error) {
	var none S
	if uuid.Validate(id) != nil {
		return none, events.NotFound(noun, id)
	}
	for end := time.Now().Add(versionWait); ; {
		changed, forget := n.of(id)
		state, version, err := read()
		missing := errors.Is(err, pgx.ErrNoRows)
		late := min == 0 || time.Now().After(end)
		if err == nil && version < min && !late || missing && !late {
			err = pause(ctx, changed)
			forget()
			if err != nil {
				return none, err
			}
			continue
		}
		forget()
		switch {
		case missing:
			return none, events.NotFound(noun, id)
		case err != nil:
			return none, err
		case version < min:
			return none, &events.Problem{Status: 409, Code: "not_yet", Detail: "Version " + itoa(min) + " of the " + noun + " is not visible yet; ask again."}
		}
		return state, nil
	}
}

func pause(ctx context.Context, changed <-chan struct{}) error {
	look := time.NewTimer(versionPause)
	defer look.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-look.C:
	}
	return nil
}
