package db

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onlinemart/mart/events"
)

// checkKeys refuses rings that this database was not written with: what is in it could not be read, and new rows would be
// unreadable to whoever puts the right ones back. Keys that are new are noted. Replicas that start at once do it one after the other.
func checkKeys(ctx context.Context, pool *pgxpool.Pool, keys *events.Keys) error {
	ring, err := keys.Checks()
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('mart key checks', 0))`); err != nil {
			return fmt.Errorf("check the keys: %w", err)
		}
		known, err := knownKeys(ctx, tx)
		if err != nil {
			return err
		}
		fresh, gone, err := compareKeys(known, ring)
		if err != nil {
			return err
		}
		if err := stillReads(ctx, tx, keys, len(known) == 0, gone); err != nil {
			return err
		}
		for _, k := range fresh {
			if _, err := tx.Exec(ctx, `insert into key_check (ring, id, value) values ($1, $2, $3)`, k.Ring, k.ID, k.Value); err != nil {
				return fmt.Errorf("note key %s of %s: %w", k.ID, k.Ring, err)
			}
		}
		return nil
	})
}

func knownKeys(ctx context.Context, tx pgx.Tx) ([]events.KeyCheck, error) {
	rows, err := tx.Query(ctx, `select ring, id, value from key_check order by ring, id`)
	if err != nil {
		return nil, fmt.Errorf("read the key checks: %w", err)
	}
	known, err := pgx.CollectRows(rows, pgx.RowToStructByPos[events.KeyCheck])
	if err != nil {
		return nil, fmt.Errorf("read the key checks: %w", err)
	}
	return known, nil
}

// compareKeys tells which keys are new, and which are known but in no ring any more, as after a rotation. Error: a ring holds another key
// under a known id, or no known key at all, as when a lost one was made anew.
func compareKeys(known, ring []events.KeyCheck) (fresh, gone []events.KeyCheck, err error) {
	for _, k := range ring {
		i := slices.IndexFunc(known, sameKey(k))
		switch {
		case i < 0:
			fresh = append(fresh, k)
		case known[i].Value != k.Value:
			return nil, nil, fmt.Errorf("%s holds another key %q than the one that this database was written with: put the old key back; a new key gets a new id and stands beside the old one", k.Ring, k.ID)
		}
	}
	for _, k := range known {
		if !slices.ContainsFunc(ring, sameKey(k)) {
			gone = append(gone, k)
		}
	}
	for _, name := range []string{events.PersonalRing, events.SigningRing} {
		if had := idsOf(known, name); len(had) > 0 && len(idsOf(gone, name)) == len(had) {
			return nil, nil, fmt.Errorf("%s holds none of the keys that this database was written with (%s): put the old ring back; a new key stands beside the old one", name, strings.Join(had, ", "))
		}
	}
	return fresh, gone, nil
}

func sameKey(k events.KeyCheck) func(events.KeyCheck) bool {
	return func(other events.KeyCheck) bool { return other.Ring == k.Ring && other.ID == k.ID }
}

func idsOf(checks []events.KeyCheck, ring string) (ids []string) {
	for _, k := range checks {
		if k.Ring == ring {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// stillReads refuses to go on without a personal key that stored values need. unchecked says that this database has no checks yet: then a
// value of it is tried.
func stillReads(ctx context.Context, tx pgx.Tx, keys *events.Keys, unchecked bool, gone []events.KeyCheck) error {
	if unchecked {
		return readsOne(ctx, tx, keys)
	}
	ids := idsOf(gone, events.PersonalRing)
	if len(ids) == 0 {
		return nil
	}
	columns, err := textColumns(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		for _, c := range columns {
			var used bool
			if err := tx.QueryRow(ctx, c.uses(), ciphertextOf(id)).Scan(&used); err != nil {
				return fmt.Errorf("look for values of key %s in %s: %w", id, c, err)
			}
			if used {
				return fmt.Errorf("%s lacks key %q, and values in %s can be read with it alone: put it back, last in the ring", events.PersonalRing, id, c)
			}
		}
	}
	return nil
}

// readsOne opens a stored value, if there is one.
func readsOne(ctx context.Context, tx pgx.Tx, keys *events.Keys) error {
	rows, err := tx.Query(ctx, `
		(select email_cipher from staff where email_cipher <> '' limit 1) union all (select email_cipher from customer where email_cipher <> '' limit 1)`)
	if err != nil {
		return fmt.Errorf("look for a personal value: %w", err)
	}
	stored, err := pgx.CollectRows(rows, pgx.RowTo[events.Personal])
	if err != nil {
		return fmt.Errorf("look for a personal value: %w", err)
	}
	for _, value := range stored {
		if err := keys.Decrypt(&value); err != nil {
			return fmt.Errorf("%s does not fit this database (%w): put the ring back that it was written with", events.PersonalRing, err)
		}
	}
	return nil
}

// place is where a personal value may be stored.
type place struct{ Table, Name, Kind string }

func (c place) String() string { return c.Table + "." + c.Name }

// texts is how a column of each kind that can hold text is read as text: what is in a list or in JSON stands in quotes there. Bytes may
// be no text at all: then what is not ASCII is escaped, and a ciphertext is ASCII.
var texts = map[string]string{
	"text": "%s", "character varying": "%s", "character": "%s", "json": "%s::text", "jsonb": "%s::text", "ARRAY": "to_json(%s)::text",
	"bytea": "encode(%s, 'escape')",
}

// uses asks whether the column holds a value that fits the pattern.
func (c place) uses() string {
	return fmt.Sprintf("select exists(select from %s where "+texts[c.Kind]+" ~ $1)", pgx.Identifier{c.Table}.Sanitize(), pgx.Identifier{c.Name}.Sanitize())
}

// impersonal is the journal and its months: what is personal of an entry is beside it, in journal_personal.
const impersonal = `^journal(_rest|_\d{4}_\d{2})?$`

// textColumns is every column that can hold text, so that none is forgotten: also what is personal of commands' results, which are sent
// again as they are.
func textColumns(ctx context.Context, tx pgx.Tx) ([]place, error) {
	rows, err := tx.Query(ctx, `
		select c.table_name::text, c.column_name::text, c.data_type::text
		from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
		where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type = any($1) and c.udt_name <> '_uuid' and t.table_name !~ $2 order by 1, 2`, slices.Collect(maps.Keys(texts)), impersonal)
	if err != nil {
		return nil, fmt.Errorf("list the columns: %w", err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[place])
	if err != nil {
		return nil, fmt.Errorf("list the columns: %w", err)
	}
	return columns, nil
}

// ciphertextOf fits what a key of this id has encrypted, alone or in JSON, a value or what somebody has said: at least a nonce, a tag and a byte.
func ciphertextOf(id string) string {
	return `(^|")(personal:)?` + regexp.QuoteMeta(id) + `\.[A-Za-z0-9_-]{39,}("|$)`
}
