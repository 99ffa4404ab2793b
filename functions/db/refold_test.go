package db

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// Accounts of an earlier release, which folded by case alone, are found by both spellings of their domain afterwards.
func TestMigrate_FoldsTheAddressesThereAre(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	migrateBefore(t, database.Owner, refoldVersion)
	b := &bench{t: t, database: database}
	owner := b.asOwner()
	older := map[string]string{
		"a@bücher.example": "a@xn--bcher-kva.example", "b@bücher.example": "b@bücher.example", "b@xn--bcher-kva.example": "b@xn--bcher-kva.example",
		"ü@example.com": "ü@example.com", "plain@example.com": "plain@example.com",
	}
	for _, table := range []string{`staff (id, created_at, updated_at, email, email_cipher, name, roles)`, `customer (id, created_at, updated_at, email, email_cipher, name, password_hash)`} {
		last := `'hash'`
		if strings.HasPrefix(table, "staff") {
			last = `'{owner}'`
		}
		for email := range older {
			if _, err := owner.Exec(t.Context(), `insert into `+table+` values ($1, now(), now(), $2, 'c', 'n', `+last+`)`, events.NewID(), email); err != nil {
				t.Fatal(err)
			}
		}
	}
	var said bytes.Buffer
	if err := Migrate(t.Context(), database.Owner, slog.New(slog.NewTextHandler(&said, nil))); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"staff", "customer"} {
		var got []string
		if err := owner.QueryRow(t.Context(), `select array_agg(email order by email collate "C") from `+table).Scan(&got); err != nil {
			t.Fatal(err)
		}
		want := []string{"a@xn--bcher-kva.example", "b@bücher.example", "b@xn--bcher-kva.example", "plain@example.com", "ü@example.com"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", table, diff)
		}
	}
	if n := strings.Count(said.String(), "level=WARN"); n != 2 || strings.Contains(said.String(), "bücher") {
		t.Errorf("want one line for each account that is another's, without its address: %s", &said)
	}
}

// migrateBefore brings an empty database to what it was before a migration: whatever comes after that one is still to be done.
func migrateBefore(t *testing.T, ownerURL string, version int64) {
	t.Helper()
	config, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		t.Fatal(err)
	}
	database := stdlib.OpenDB(*config)
	defer func() { _ = database.Close() }()
	m, err := migrations(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	provider, err := m.Provider(database)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version-1); err != nil {
		t.Fatal(err)
	}
}
