package db

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
)

// After a rollback this release finds tables that a later one has added to. It says so and works, whether it migrates or not.
func TestMigrate_TablesOfALaterReleaseWillDo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.asOwner().Exec(t.Context(), `
		insert into goose_db_version (version_id, is_applied) values (9999, true);
		alter table brand add column later text not null default 'later';
		create table later (id int)`); err != nil {
		t.Fatal(err)
	}
	for name, owner := range map[string]string{"migrates": b.database.Owner, "somebody else migrates": ""} {
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			c := Config{URL: b.database.App, OwnerURL: owner, Reads: 2, Horizon: time.Hour}
			o, err := connect(t.Context(), c, b.kafka, b.keys, slog.New(slog.NewTextHandler(&said, nil)), prometheus.NewRegistry())
			if err != nil {
				t.Fatal(err)
			}
			s, err := open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			e := b.command(events.CreateBrand.New(events.NewID(), brandNamed(strings.ReplaceAll(name, " ", "-"))))
			if err := s.Apply(t.Context(), e); err != nil {
				t.Error(err)
			}
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if n := strings.Count(said.String(), "level=WARN"); n != 1 || !strings.Contains(said.String(), "tables=9999") {
				t.Errorf("want one line that says so: %s", &said)
			}
		})
	}
}
