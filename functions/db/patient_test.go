package db

import (
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// hanging is when a test takes what it waits for to hang. It is long: a machine that is busy with something else is no fault of db's.
const (
	hanging       = 5 * time.Minute
	hangingMillis = int(hanging / time.Millisecond)
)

// patient lets db wait as long as a test does, where in production a delivery would come again.
func patient(t testing.TB, o *inbox.Options) {
	t.Helper()
	o.DecideWithin, o.ReadWithin = hanging, hanging
	for _, pool := range []**pgxpool.Pool{&o.Writes, &o.Reads} {
		config := (*pool).Config()
		(*pool).Close()
		config.ConnConfig.ConnectTimeout = hanging
		for _, limit := range []string{"lock_timeout", "statement_timeout"} {
			if _, limited := config.ConnConfig.RuntimeParams[limit]; limited {
				config.ConnConfig.RuntimeParams[limit] = strconv.Itoa(hangingMillis)
			}
		}
		var err error
		if *pool, err = pgxpool.NewWithConfig(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
}
