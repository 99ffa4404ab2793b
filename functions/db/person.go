package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// personKey is with what is encrypted what is kept of somebody.
var personKey = noun{
	Queries: []inbox.Query{
		inbox.Answer(events.GetPersonKeys, func(ctx context.Context, s *inbox.Store, e events.Received[events.PersonKeysQuestion]) (found events.PersonKeysFound, err error) {
			found.Keys, err = s.PersonTable.KeysOf(ctx, e.Data.IDs)
			return found, err
		}),
		inbox.Answer(events.GetKeyOf, func(ctx context.Context, s *inbox.Store, e events.Received[events.PersonQuestion]) (events.PersonKeyState, error) {
			return s.PersonTable.KeyFor(ctx, e.Data)
		}),
	},
	Sweep: sweepPersonKeys,
}

// personTable is the table of keys, as the source of them.
type personTable struct {
	everybody     atomic.Bool // has a key: nobody without one is looked for any more
	reads, writes *pgxpool.Pool
	keys          *events.Keys
	closes        bool // what is written is encrypted with them; without, the ring does it as it did before there were any
}

// KeysOf reads keys, each still encrypted with the ring.
func (p *personTable) KeysOf(ctx context.Context, persons []string) ([]events.PersonKeyState, error) {
	persons = slices.DeleteFunc(slices.Clone(persons), func(id string) bool { return uuid.Validate(id) != nil })
	rows, err := p.reads.Query(ctx, `select person_id::text, wrapped from person_key where person_id = any($1::uuid[])`, persons)
	if err != nil {
		return nil, fmt.Errorf("read keys of persons: %w", err)
	}
	return pgx.CollectRows(rows, scanKey)
}

func scanKey(row pgx.CollectableRow) (events.PersonKeyState, error) {
	var person, wrapped string
	err := row.Scan(&person, &wrapped)
	return keyState(person, wrapped), err
}

func keyState(person, wrapped string) events.PersonKeyState {
	return events.PersonKeyState{PersonID: person, Key: events.FromCiphertext(wrapped), Gone: wrapped == ""}
}

const (
	// selectWhose finds whose an id is: of a person, or of an order or a payment of theirs; a guest's order is who they are. live: what is written of them is still kept.
	selectWhose = `
		with whose as (
			select c.id, c.deleted_at is null as live from customer c where c.id = $1
			union all select s.id, s.deleted_at is null from staff s where s.id = $1
			union all select c.id, c.deleted_at is null from orders o join customer c on c.id = o.customer_id where o.id = $1
			union all select c.id, c.deleted_at is null from payment p join orders o on o.id = p.order_id join customer c on c.id = o.customer_id where p.id = $1
			union all select o.id, o.erased_at is null from orders o where o.customer_id = o.id and (o.id = $1 or o.id = (select p.order_id from payment p where p.id = $1))
			union all select k.person_id, true from person_key k where k.person_id = $1
			limit 1
		)
		select w.id::text, w.live, k.wrapped from whose w left join person_key k on k.person_id = w.id`
	insertKey = `
		insert into person_key as k (person_id, wrapped, carried_at) values ($1, $2, case when $3 then now() end) on conflict (person_id) do update set wrapped = k.wrapped returning wrapped`
	customerWith = `select id::text from customer where email = $1 and deleted_at is null`
	memberWith   = `select id::text from staff where email = $1 and deleted_at is null`
)

// KeyFor is the key for what is written of somebody. Whoever has none gets one. What is written of somebody who was erased, or to an address that
// nobody has, gets one that is nobody's, and is forgotten with the commands it was for.
func (p *personTable) KeyFor(ctx context.Context, q events.PersonQuestion) (none events.PersonKeyState, err error) {
	switch {
	case !p.closes || q.IsNobodys():
		return none, nil
	case q.New:
		return p.make(ctx, q.ID, true)
	case q.ID == "":
		if q.ID, err = p.accountWith(ctx, q); err != nil {
			return none, err
		}
		if q.ID == "" {
			return p.make(ctx, events.NewID(), true)
		}
	}
	if uuid.Validate(q.ID) != nil {
		return none, nil // a thing of another kind
	}
	var id string
	var live bool
	var wrapped *string
	err = p.reads.QueryRow(ctx, selectWhose, q.ID).Scan(&id, &live, &wrapped)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return none, nil
	case err != nil:
		return none, fmt.Errorf("find whose %s is: %w", q.ID, err)
	case wrapped != nil && *wrapped != "":
		return keyState(id, *wrapped), nil
	case wrapped == nil && live:
		return p.make(ctx, id, false)
	}
	return p.make(ctx, events.NewID(), true)
}

// accountWith is the id of whoever has an address; "" when nobody has.
func (p *personTable) accountWith(ctx context.Context, q events.PersonQuestion) (id string, err error) {
	find := customerWith
	if q.Account == events.Staff {
		find = memberWith
	}
	err = p.reads.QueryRow(ctx, find, domain.FoldEmail(q.Email.Plaintext())).Scan(&id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find who has an address: %w", err)
	}
	return id, nil
}

// make gives somebody a key, unless they have one. fresh: nothing is stored of them yet.
func (p *personTable) make(ctx context.Context, id string, fresh bool) (events.PersonKeyState, error) {
	if uuid.Validate(id) != nil {
		return events.PersonKeyState{}, inbox.ErrUnreadable
	}
	key := events.NewPersonKey()
	if err := p.keys.Encrypt(&key); err != nil {
		return events.PersonKeyState{}, err
	}
	var wrapped string
	if err := p.writes.QueryRow(ctx, insertKey, id, key.Ciphertext(), fresh).Scan(&wrapped); err != nil {
		return events.PersonKeyState{}, fmt.Errorf("make the key of a person: %w", err)
	}
	return keyState(id, wrapped), nil
}

const rewrapLimit = 500

// sweepPersonKeys encrypts keys anew that an older key of the ring has, so that it may go, forgets those that are nobody's, and brings the rows of
// before to their persons' keys.
func sweepPersonKeys(ctx context.Context, s *inbox.Store) error {
	if _, err := s.Writes.Exec(ctx, `select forget_nobodies_keys($1::interval, $2)`, s.ForgetAfter(), rewrapLimit); err != nil {
		return fmt.Errorf("forget keys that are nobody's: %w", err)
	}
	for {
		n, err := rewrap(ctx, s.Writes, s.Keys)
		if err != nil {
			return err
		}
		if n == 0 {
			return carryOver(ctx, s)
		}
		s.Log.Info("keys of persons are encrypted with the current key of the ring", "keys", n)
	}
}

// rewrap does some.
func rewrap(ctx context.Context, pool *pgxpool.Pool, keys *events.Keys) (int, error) {
	rows, err := pool.Query(ctx, `select person_id::text, wrapped from person_key where gone_at is null and not starts_with(wrapped, $1) limit $2`, keys.Current()+".", rewrapLimit)
	if err != nil {
		return 0, fmt.Errorf("look for keys of persons that an old key has encrypted: %w", err)
	}
	type wrapped struct{ Person, Was string }
	old, err := pgx.CollectRows(rows, pgx.RowToStructByPos[wrapped])
	if err != nil {
		return 0, fmt.Errorf("look for keys of persons that an old key has encrypted: %w", err)
	}
	persons, was, now := make([]string, len(old)), make([]string, len(old)), make([]string, len(old))
	for i, o := range old {
		key := events.FromCiphertext(o.Was)
		if err := keys.Decrypt(&key); err != nil {
			return 0, fmt.Errorf("the key of person %s: %w", o.Person, err)
		}
		again := events.NewPersonal(key.Plaintext())
		if err := keys.Encrypt(&again); err != nil {
			return 0, err
		}
		persons[i], was[i], now[i] = o.Person, o.Was, again.Ciphertext()
	}
	if len(old) > 0 {
		_, err = pool.Exec(ctx, `
			update person_key k set wrapped = n.now from unnest($1::uuid[], $2::text[], $3::text[]) as n (person, was, now)
			where k.person_id = n.person and k.wrapped = n.was`, persons, was, now)
	}
	if err != nil {
		return 0, fmt.Errorf("encrypt keys of persons anew: %w", err)
	}
	return len(old), nil
}
