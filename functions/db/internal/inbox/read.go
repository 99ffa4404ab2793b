package inbox

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

const (
	versionWait  = 2 * time.Second
	versionPause = 50 * time.Millisecond // for what another replica changes; what this one changes is told
)

// AtLeast reads something until it has a version of at least min, for 2 seconds. read gives pgx.ErrNoRows when there is none.
// Errors: *Problem not_found, or not_yet when that version has not come.
func AtLeast[S any](ctx context.Context, s *Store, noun, id string, min int64, read func() (S, int64, error)) (S, error) {
	var none S
	if uuid.Validate(id) != nil {
		return none, events.NotFound(noun, id)
	}
	for end := time.Now().Add(versionWait); ; {
		changed, forget := s.changes.of(id)
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
			return none, &events.Problem{Status: 409, Code: "not_yet", Detail: "Version " + strconv.FormatInt(min, 10) + " of the " + noun + " is not visible yet; ask again."}
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
