package db

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// hanging is when a test takes what it waits for to hang. It is long: a machine that is busy with something else is no fault of db's.
const (
	hanging       = 5 * time.Minute
	hangingMillis = int(hanging / time.Millisecond)
)

// patient lets db wait as long as a test does, where in production a delivery would come again.
func patient(t testing.TB, s *Store) {
	t.Helper()
	s.decided, s.readWithin = hanging, hanging
	for _, pool := range []**pgxpool.Pool{&s.writes, &s.reads} {
		config := (*pool).Config()
		(*pool).Close()
		config.ConnConfig.ConnectTimeout = hanging
		for _, limit := range []string{"lock_timeout", "statement_timeout"} {
			if _, limited := config.ConnConfig.RuntimeParams[limit]; limited {
				config.ConnConfig.RuntimeParams[limit] = itoa(int64(hangingMillis))
			}
		}
		var err error
		if *pool, err = pgxpool.NewWithConfig(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
}
