package inbox

import (
	"context"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// keyring is the ring, and the keys of persons where there are any. They are looked up before a command joins a batch, mostly in memory.
type keyring struct {
	ring    *events.Keys
	persons *bus.PersonKeys
}

func (s *Store) keyring() keyring { return keyring{s.Keys, s.Persons} }

// opening is the keys that decrypt a command.
func (k keyring) opening(ctx context.Context, e events.Envelope) (*events.Keys, error) {
	if k.persons == nil {
		return k.ring, nil
	}
	return k.persons.Open(ctx, e.Data)
}

// closing is the keys that encrypt what a command says: what came encrypted with the ring, as from a function of a release before or where db was not
// to be asked, what a rule has written otherwise, and what is not encrypted at all. What a command has of one person already is that person's.
func (k keyring) closing(ctx context.Context, keys *events.Keys, e events.Envelope, data any) (*events.Keys, error) {
	if k.persons == nil || !events.Unclosed(data) {
		return keys, nil
	}
	q := events.Whose(data, e.Subject, e.By)
	if persons := events.PersonsIn(e.Data); len(persons) == 1 {
		q = events.PersonQuestion{ID: persons[0]}
	}
	key, err := k.persons.For(ctx, q)
	if err != nil || key.Person() != "" || q.ID == "" {
		return keys.For(key), err
	}
	return k.persons.Reading(ctx, keys, q.ID) // what is stored of them may be encrypted with a key all the same, where none is to be used any more
}

// Reseal is an answer that the ring alone decrypts: whoever asks keeps nothing of it.
func (s *Store) Reseal(ctx context.Context, answer []byte) ([]byte, error) {
	if s.Persons == nil {
		return answer, nil
	}
	return s.Persons.Reseal(ctx, answer)
}

// ForgetAfter is when what only served to know a command again is needed no more.
func (s *Store) ForgetAfter() time.Duration { return s.Horizon + horizonSlack }
