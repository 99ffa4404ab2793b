package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// What a release before had stored of a person is encrypted with the ring. The sweep encrypts it with their key, person by person, in steps so short
// that nobody waits for them; a value that is changed meanwhile is left for the next look, and is encrypted so by the change.

const (
	carryWithin  = 2 * time.Second // of a sweep
	carryPersons = 200             // looked at in one step
	carryValues  = 500             // of one person and column
)

// carried are the columns that hold what is personal, and whose it is: $1.
var carried = []struct {
	table, whose string
	columns      []string
}{
	{"customer", `id = $1`, []string{"email_cipher", "name", "phone", "password_hash"}},
	{"staff", `id = $1`, []string{"email_cipher", "name", "password_hash"}},
	{"address", `customer_id = $1`, []string{"name", "line1", "line2", "city", "postal_code"}},
	{"email_verification", `customer_id = $1`, []string{"email_cipher", "former_cipher"}},
	{"orders", `customer_id = $1`, []string{"email", "customer_name", "phone", "shipping", "parts"}},
	{"order_history", `order_id in (select o.id from orders o where o.customer_id = $1)`, []string{"note"}},
	{"order_note", `order_id in (select o.id from orders o where o.customer_id = $1)`, []string{"words"}},
	{"refund", `payment_id in (select p.id from payment p join orders o on o.id = p.order_id where o.customer_id = $1)`, []string{"reason"}},
	{"notification", `customer_id = $1`, []string{"to_address", "to_name"}},
}

// keyless are those who have come before there were keys.
const keyless = `
	select a.id::text from (
		select c.id from customer c where c.deleted_at is null union all select s.id from staff s where s.deleted_at is null
	) a where not exists (select from person_key k where k.person_id = a.id) limit $1`

// uncarried are those of whom something may be encrypted with the ring.
const uncarried = `select person_id::text, wrapped from person_key where carried_at is null and gone_at is null limit $1`

// carryOver goes on until all is encrypted with persons' keys, or its time is over.
func carryOver(ctx context.Context, s *inbox.Store) error {
	table, is := s.PersonTable.(*personTable)
	if !is || !table.closes {
		return nil
	}
	for end := time.Now().Add(carryWithin); time.Now().Before(end); {
		given, err := giveKeys(ctx, table)
		if err != nil {
			return err
		}
		if n, err := carrySome(ctx, s, table); n+given == 0 || err != nil {
			return err
		}
	}
	return nil
}

// giveKeys gives some a key who have none, and gives how many.
func giveKeys(ctx context.Context, table *personTable) (int, error) {
	if table.everybody.Load() {
		return 0, nil
	}
	rows, err := table.reads.Query(ctx, keyless, carryPersons)
	if err != nil {
		return 0, fmt.Errorf("look for persons without a key: %w", err)
	}
	persons, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("look for persons without a key: %w", err)
	}
	for _, person := range persons {
		if _, err := table.make(ctx, person, false); err != nil {
			return 0, err
		}
	}
	table.everybody.Store(len(persons) == 0)
	return len(persons), nil
}

// carrySome encrypts what is of some, and gives how many of them are done with.
func carrySome(ctx context.Context, s *inbox.Store, table *personTable) (int, error) {
	rows, err := s.Reads.Query(ctx, uncarried, carryPersons)
	if err != nil {
		return 0, fmt.Errorf("look for persons whose rows the ring has encrypted: %w", err)
	}
	states, err := pgx.CollectRows(rows, scanKey)
	if err != nil {
		return 0, fmt.Errorf("look for persons whose rows the ring has encrypted: %w", err)
	}
	for i, state := range states {
		if err := table.keys.Decrypt(&state.Key); err != nil {
			return i, err
		}
		key, err := events.ReadPersonKey(state.PersonID, state.Key)
		if err == nil {
			err = carryPerson(ctx, s, table.keys.For(key), state.PersonID)
		}
		if err != nil {
			return i, err
		}
	}
	return len(states), nil
}

// carryPerson encrypts what is of one. Of whom nothing was left to do, it is noted.
func carryPerson(ctx context.Context, s *inbox.Store, keys *events.Keys, person string) error {
	changed := 0
	for _, of := range carried {
		for _, column := range of.columns {
			n, err := carryColumn(ctx, s, keys, person, fmt.Sprintf(`
				select ctid::text, %[1]s::text from %[2]s where %[3]s and %[1]s::text ~ $2 limit %[4]d`, column, of.table, of.whose, carryValues), of.table, column)
			if err != nil {
				return fmt.Errorf("encrypt %s of %s with the key of person %s: %w", column, of.table, person, err)
			}
			changed += n
		}
	}
	if changed > 0 {
		return nil // the next look sees that all of it is
	}
	if _, err := s.Writes.Exec(ctx, `update person_key set carried_at = now() where person_id = $1`, person); err != nil {
		return fmt.Errorf("note that all is encrypted with the key of person %s: %w", person, err)
	}
	return nil
}

func carryColumn(ctx context.Context, s *inbox.Store, keys *events.Keys, person, find, table, column string) (int, error) {
	rows, err := s.Reads.Query(ctx, find, person, underRing)
	if err != nil {
		return 0, err
	}
	type stored struct{ At, Text string }
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stored])
	if err != nil {
		return 0, err
	}
	n := 0
	for _, value := range found {
		closed, err := keys.CloseText(value.Text)
		if err != nil {
			s.Log.Warn("a value stays as it is: none of the keys opens it", "table", table, "column", column, "person", person, "reason", err)
			continue
		}
		n++
		if _, err := s.Writes.Exec(ctx, `select encrypt_anew($1, $2, $3::text::tid, $4, $5)`, table, column, value.At, value.Text, closed); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// underRing fits a text with a value that a key of the ring has encrypted, whichever: their names have no colon.
const underRing = `(^|"|"personal:|^personal:)[^":. ]+\.[A-Za-z0-9_-]{39,}("|$)`
