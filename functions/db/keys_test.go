package db

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
)

// open starts a db on the bench's database with these rings and gives the reason why it does not start, or "".
func (b *bench) open(seal, personal string) string {
	b.t.Helper()
	keys, err := events.NewKeys(seal, personal)
	if err != nil {
		b.t.Fatal(err)
	}
	c := Config{URL: b.database.App, Reads: 2, Horizon: time.Hour}
	o, err := connect(b.t.Context(), c, b.kafka, keys, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		return err.Error()
	}
	o.Writes.Close()
	o.Reads.Close()
	return ""
}

func ring(keys ...string) string { return strings.Join(keys, ",") }

// The three steps of a rotation, forward and back, on a database that knows the keys of each.
func TestCheckKeys_Rotation(t *testing.T) {
	t.Parallel()
	b := &bench{t: t, kafka: &kafka{}, database: newDatabase(t)}
	s1, s2, p1, p2 := events.GenerateRing("s1"), events.GenerateRing("s2"), events.GenerateRing("p1"), events.GenerateRing("p2")
	for _, step := range []struct{ says, seal, personal string }{
		{"first start", s1, p1},
		{"added", ring(s1, s2), ring(p1, p2)},
		{"a replica before the step", s1, p1},
		{"turned", ring(s2, s1), ring(p2, p1)},
		{"dropped, with no value left", s2, p2},
		{"back", ring(s2, s1), ring(p2, p1)},
	} {
		if why := b.open(step.seal, step.personal); why != "" {
			t.Errorf("%s: %s", step.says, why)
		}
	}
}

// A ring made anew is refused, whatever its keys are called, and refusing writes nothing down.
func TestCheckKeys_LostRing(t *testing.T) {
	t.Parallel()
	b := &bench{t: t, kafka: &kafka{}, database: newDatabase(t)}
	s1, p1 := events.GenerateRing("s1"), events.GenerateRing("p1")
	if why := b.open(s1, p1); why != "" {
		t.Fatal(why)
	}
	for says, c := range map[string]struct{ seal, personal, want string }{
		"seal, same id":       {events.GenerateRing("s1"), p1, `EVENT_SEAL_KEYS holds another key "s1" than the one that this database was written with: put the old key back`},
		"personal, same id":   {s1, events.GenerateRing("p1"), `EVENT_PERSONAL_KEYS holds another key "p1"`},
		"seal, other id":      {events.GenerateRing("s9"), p1, "EVENT_SEAL_KEYS holds none of the keys that this database was written with (s1): put the old ring back"},
		"personal, other id":  {s1, events.GenerateRing("p9"), "EVENT_PERSONAL_KEYS holds none of the keys that this database was written with (p1)"},
		"one right, one not":  {ring(events.GenerateRing("s2"), events.GenerateRing("s1")), p1, `another key "s1"`},
		"the rings exchanged": {p1, s1, "EVENT_PERSONAL_KEYS holds none of the keys"},
	} {
		if why := b.open(c.seal, c.personal); !strings.HasPrefix(why, c.want) && !strings.Contains(why, c.want) || strings.Contains(why, "\n") {
			t.Errorf("%s: %q, want %q", says, why, c.want)
		}
	}
	if why := b.open(s1, p1); why != "" {
		t.Errorf("the right rings after the wrong ones: %s", why)
	}
	conn := b.asOwner()
	var ids []string
	if err := conn.QueryRow(t.Context(), `select array_agg(ring || ' ' || id order by ring, id) from key_check`).Scan(&ids); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"EVENT_PERSONAL_KEYS p1", "EVENT_SEAL_KEYS s1"}, ids); diff != "" {
		t.Error(diff)
	}
}

// The owner of the tables gives a lost ring up by hand.
func TestCheckKeys_GivenUp(t *testing.T) {
	t.Parallel()
	b := &bench{t: t, kafka: &kafka{}, database: newDatabase(t)}
	if why := b.open(events.GenerateRing("s1"), events.GenerateRing("p1")); why != "" {
		t.Fatal(why)
	}
	if _, err := b.asOwner().Exec(t.Context(), `delete from key_check`); err != nil {
		t.Fatal(err)
	}
	if why := b.open(events.GenerateRing("s1"), events.GenerateRing("p1")); why != "" {
		t.Error(why)
	}
}

// A personal key may go when no value needs it any more, wherever it may be stored.
func TestCheckKeys_DroppedPersonalKeyInUse(t *testing.T) {
	t.Parallel()
	s1, p1, p2 := events.GenerateRing("s1"), events.GenerateRing("p1"), events.GenerateRing("p2")
	old, err := events.NewKeys(s1, p1)
	if err != nil {
		t.Fatal(err)
	}
	value := events.NewPersonal("Ada")
	if err := old.Encrypt(&value); err != nil {
		t.Fatal(err)
	}
	for where, sql := range map[string]string{
		"brand.description":            `insert into brand (id, created_at, updated_at, name, slug, description) values (gen_random_uuid(), now(), now(), 'x', 'x', $1)`,
		"probe.inside":                 `insert into probe (inside) values (jsonb_build_object('name', $1::text))`,
		"probe.listed":                 `insert into probe (listed) values (array['x', $1])`,
		"probe.bytes":                  `insert into probe (bytes) values ('\xff00'::bytea || convert_to(format('{"name": "%s"}', $1::text), 'UTF8'))`,
		"journal_personal.ciphertexts": `insert into journal_personal (key, week, ciphertexts) values (gen_random_uuid(), now(), array['x', 'personal:' || $1])`,
	} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			b := &bench{t: t, kafka: &kafka{}, database: newDatabase(t)}
			if _, err := b.asOwner().Exec(t.Context(), `create table probe (inside jsonb, listed text[], bytes bytea)`); err != nil {
				t.Fatal(err)
			}
			if why := b.open(s1, ring(p2, p1)); why != "" {
				t.Fatal(why)
			}
			if _, err := b.asOwner().Exec(t.Context(), sql, value.Ciphertext()); err != nil {
				t.Fatal(err)
			}
			want := `EVENT_PERSONAL_KEYS lacks key "p1", and values in ` + where + ` can be read with it alone: put it back, last in the ring`
			if why := b.open(s1, p2); why != want {
				t.Errorf("got %q, want %q", why, want)
			}
		})
	}
}

// Nobody can add a column in which a dropped key would not be looked for, be it of a kind that nobody has thought of. A tsvector is made
// from other columns.
func TestTextColumns_AreAllThatCanHoldText(t *testing.T) {
	t.Parallel()
	b := &bench{t: t, database: newDatabase(t)}
	tx, err := b.asOwner().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := textColumns(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := tx.Query(t.Context(), `
		select c.relname::text, a.attname::text, case when t.typcategory = 'A' then 'ARRAY' else format_type(t.oid, null) end
		from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
			and t.typcategory not in ('B', 'D', 'N', 'T') and t.typname not in ('uuid', '_uuid', 'tsvector') and c.relname !~ $1`, impersonal)
	if err != nil {
		t.Fatal(err)
	}
	want, err := pgx.CollectRows(rows, pgx.RowToStructByPos[place])
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(found, func(a, b place) int { return strings.Compare(a.Table+" "+a.Name, b.Table+" "+b.Name) })
	slices.SortFunc(want, func(a, b place) int { return strings.Compare(a.Table+" "+a.Name, b.Table+" "+b.Name) })
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("say in texts in functions/db/keys.go how a column of this kind is read as text: %s", diff)
	}
	if !slices.Contains(found, place{"journal_personal", "ciphertexts", "ARRAY"}) {
		t.Error("what is personal of the results of commands is not looked through")
	}
}

// A database from before there were checks is judged by a value that it holds.
func TestCheckKeys_DatabaseWithoutChecks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hire("ann@example.com", events.OwnerRole)
	if _, err := b.asOwner().Exec(t.Context(), `delete from key_check`); err != nil {
		t.Fatal(err)
	}
	if why := b.open(events.GenerateRing("s1"), events.GenerateRing("p1")); !strings.HasPrefix(why, "EVENT_PERSONAL_KEYS does not fit this database") {
		t.Errorf("got %q", why)
	}
}
