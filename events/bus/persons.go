package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
)

const (
	// keyKept is how long a person's key is kept: at most so long after they were erased does somebody read what they have received before.
	keyKept = 5 * time.Minute
	// nobodyKept is how long it is believed that something is nobody's.
	nobodyKept = time.Minute
	// keysKept is of how many at a time.
	keysKept = 10_000
	// silenceKept is how long nobody asks a db again that has not answered.
	silenceKept = 10 * time.Second
)

// PersonSource is where persons' keys come from: db, and in db its table.
type PersonSource interface {
	// KeysOf is the keys of persons; of whom there never was one is left out.
	KeysOf(ctx context.Context, persons []string) ([]events.PersonKeyState, error)
	// KeyFor is the key for what is written of a person.
	KeyFor(ctx context.Context, q events.PersonQuestion) (events.PersonKeyState, error)
}

// PersonKeys encrypts and decrypts with the keys of persons, and keeps those in memory for some minutes. The nil PersonKeys has none.
type PersonKeys struct {
	source PersonSource
	ring   *events.Keys
	log    *slog.Logger
	now    func() time.Time

	mu         sync.Mutex
	persons    map[string]keptKey
	things     map[string]keptKey // by the id of what is a person's
	silentTill time.Time
}

type keptKey struct {
	events.PersonKey
	until time.Time
}

// NewPersonKeys keeps what comes from a source, which the ring encrypts.
func NewPersonKeys(source PersonSource, ring *events.Keys, log *slog.Logger) *PersonKeys {
	return &PersonKeys{source: source, ring: ring, log: log, now: time.Now, persons: map[string]keptKey{}, things: map[string]keptKey{}}
}

// Open is the keys that decrypt a payload. Errors: Poison when there is no key of somebody of whom it tells, and never was; anything else means
// try again.
func (p *PersonKeys) Open(ctx context.Context, raw []byte) (*events.Keys, error) {
	persons := events.PersonsIn(raw)
	found, err := p.of(ctx, persons)
	if err != nil {
		return nil, err
	}
	for _, person := range persons {
		if _, known := found[person]; !known {
			return nil, events.Poison(fmt.Errorf("the key of person %s is not in the database: restore the table person_key, and send it again", person))
		}
	}
	return p.with(found), nil
}

// Reseal is an answer that the ring alone decrypts. What nobody can decrypt any more is absent.
func (p *PersonKeys) Reseal(ctx context.Context, raw []byte) ([]byte, error) {
	persons := events.PersonsIn(raw)
	if len(persons) == 0 {
		return raw, nil
	}
	found, err := p.of(ctx, persons)
	if err != nil {
		return nil, err
	}
	if len(found) < len(persons) {
		p.log.Warn("somebody's values are answered as absent: their key is not in the database; restore the table person_key", "persons", len(persons)-len(found))
	}
	return p.with(found).Reseal(raw), nil
}

// Reading is keys, and somebody's, if they have one.
func (p *PersonKeys) Reading(ctx context.Context, keys *events.Keys, person string) (*events.Keys, error) {
	found, err := p.of(ctx, []string{person})
	if key, known := found[person]; known {
		keys = keys.With(key)
	}
	return keys, err
}

func (p *PersonKeys) with(found map[string]events.PersonKey) *events.Keys {
	all := make([]events.PersonKey, 0, len(found))
	for _, key := range found {
		all = append(all, key)
	}
	return p.ring.With(all...)
}

// For is the key for what is written of somebody; the zero PersonKey when it is nobody's.
func (p *PersonKeys) For(ctx context.Context, q events.PersonQuestion) (events.PersonKey, error) {
	if p == nil || q.IsNobodys() {
		return events.PersonKey{}, nil
	}
	if kept, known := p.kept(p.things, q.ID); known && q.ID != "" {
		return kept, nil
	}
	state, err := p.source.KeyFor(ctx, q)
	if err != nil {
		return events.PersonKey{}, fmt.Errorf("ask for the key of whoever it is about: %w", err)
	}
	key, err := p.take(state)
	if err == nil && q.ID != "" {
		p.keep(p.things, q.ID, key)
	}
	return key, err
}

// closing is the keys for a command that is being sent. Where db cannot be asked they are the ring, so that a command is taken all the same:
// db encrypts what is in it with its person's key when it comes. Whoever asked and went away says nothing of db, and what they asked for is not sent.
func (p *PersonKeys) closing(ctx context.Context, o events.Outgoing, asker events.Principal) *events.Keys {
	if o.Of().Declaration().Kind != events.Command || !events.Unclosed(o.Payload()) || p.isSilent() {
		return p.ring
	}
	key, err := p.For(ctx, events.Whose(o.Payload(), o.Subject, asker))
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return p.ring
	case err != nil:
		p.log.Warn("a command leaves encrypted with the ring and not with its person's key: db was not to be asked", "type", o.Of().Type(), "reason", err)
		p.fellSilent()
		return p.ring
	}
	return p.ring.For(key)
}

func (p *PersonKeys) isSilent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now().Before(p.silentTill)
}

func (p *PersonKeys) fellSilent() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silentTill = p.now().Add(silenceKept)
}

// of is the keys of persons, by their ids.
func (p *PersonKeys) of(ctx context.Context, persons []string) (map[string]events.PersonKey, error) {
	if len(persons) > 0 && p == nil {
		return nil, errors.New("nobody is there to ask for the keys of persons")
	}
	found := make(map[string]events.PersonKey, len(persons))
	var missing []string
	for _, person := range persons {
		if kept, known := p.kept(p.persons, person); known {
			found[person] = kept
		} else {
			missing = append(missing, person)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	states, err := p.source.KeysOf(ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("ask for the keys of persons: %w", err)
	}
	for _, state := range states {
		if found[state.PersonID], err = p.take(state); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// take reads a key, and keeps it.
func (p *PersonKeys) take(state events.PersonKeyState) (key events.PersonKey, err error) {
	switch {
	case state.PersonID == "":
		return key, nil
	case state.Gone:
		key = events.GonePersonKey(state.PersonID)
	default:
		if err = p.ring.Decrypt(&state.Key); err == nil {
			key, err = events.ReadPersonKey(state.PersonID, state.Key)
		}
		if err != nil {
			return key, err
		}
	}
	p.keep(p.persons, state.PersonID, key)
	return key, nil
}

func (p *PersonKeys) kept(among map[string]keptKey, id string) (events.PersonKey, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept, known := among[id]
	return kept.PersonKey, known && p.now().Before(kept.until)
}

func (p *PersonKeys) keep(among map[string]keptKey, id string, key events.PersonKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for other := range among { // whichever comes first: a key is asked for again
		if len(among) < keysKept {
			break
		}
		delete(among, other)
	}
	life := keyKept
	if key.Person() == "" {
		life = nobodyKept
	}
	among[id] = keptKey{key, p.now().Add(life)}
}

// Forget forgets every key, so that those who were erased are asked for again.
func (p *PersonKeys) Forget() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.persons)
	clear(p.things)
}

// PersonsOf is db as the source of keys.
func PersonsOf(a *Asker) PersonSource { return askedPersons{a} }

type askedPersons struct{ asker *Asker }

func (a askedPersons) KeysOf(ctx context.Context, persons []string) ([]events.PersonKeyState, error) {
	found, err := Ask(ctx, a.asker, events.GetPersonKeys, events.PersonKeysQuestion{IDs: persons})
	return found.Keys, err
}

func (a askedPersons) KeyFor(ctx context.Context, q events.PersonQuestion) (events.PersonKeyState, error) {
	return Ask(ctx, a.asker, events.GetKeyOf, q)
}
