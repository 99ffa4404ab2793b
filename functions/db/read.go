package db

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// orNull stores an absent reference as null.
func orNull(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}

func utc(m *events.Meta) { m.CreatedAt, m.UpdatedAt = m.CreatedAt.UTC(), m.UpdatedAt.UTC() }

// getRow answers a lookup of a plain noun, once the row has the version asked for. Errors: *Problem not_found or not_yet.
func getRow[F, S any](ctx context.Context, st *Store, p domain.Plain[F, S], l events.Lookup, scan func(pgx.CollectableRow) (S, error), sql string) (S, error) {
	return atLeast(ctx, st.news, p.Noun, l.ID, l.MinVersion, func() (S, int64, error) {
		rows, err := st.reads.Query(ctx, sql, l.ID)
		if err != nil {
			var none S
			return none, 0, err
		}
		state, err := pgx.CollectExactlyOneRow(rows, scan)
		return state, p.Meta(&state).Version, err
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
