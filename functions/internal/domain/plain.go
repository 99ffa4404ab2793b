package domain

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// Row is a row of a plain noun: its state, and when it was deleted, if it was: a deleted row keeps its id, and its unique names are free again.
type Row[S any] struct {
	State     S
	DeletedAt *time.Time
}

// Plain is how a noun is decided whose rows are created, replaced and deleted, and little more. F is what their asker says, S how they
// are stored.
type Plain[F, S any] struct {
	Noun   string
	Rows   Table[Row[S]]
	Of     func(events.Meta, F) S
	Meta   func(*S) *events.Meta
	Check  func(c Case, id string, f F) error // why a row may not have these fields; nil: it may have any
	Leave  func(c Case, id string) error      // why a row may not go; nil: there is no reason
	Use    *Use                               // how products refer to it: what is in use stays; nil: none does
	Erase  func(*S)                           // takes what is personal out of a row that goes; nil: there is nothing
	Derive func(c Case, before, after S) S    // completes a row whose fields have changed, and changes others that follow it; before is zero for a new row; nil: nothing follows
	Tell   func(c Case, state S) S            // adds to the event what is not stored in the row; nil: nothing

	Created, Updated, Deleted events.Message[S]
}

// Create makes a row. Errors: Problems of Check; already_exists, also when it was deleted.
func (p Plain[F, S]) Create(c Case, m events.Received[F]) ([]events.Outgoing, error) {
	id := ID(m.Subject)
	if err := p.check(c, id, m.Data); err != nil {
		return nil, err
	}
	if _, exists := p.Rows.Get(c.Rows, id); exists {
		return nil, events.Refuse("already_exists", "There is or was a %s %s already.", events.InWords(p.Noun), m.Subject)
	}
	state := p.Of(events.Meta{ID: id, Version: 1, CreatedAt: c.Now, UpdatedAt: c.Now}, m.Data)
	return p.write(c, id, Row[S]{State: p.derive(c, *new(S), state)}, p.Created), nil
}

// Update replaces the fields of a row. Errors: Problems not_found, stale_version, and those of Check.
func (p Plain[F, S]) Update(c Case, m events.Received[events.Change[F]]) ([]events.Outgoing, error) {
	row, err := p.at(c, m.Subject, m.Data.ExpectedVersion)
	if err != nil {
		return nil, err
	}
	meta := *p.Meta(&row.State)
	if err := p.check(c, meta.ID, m.Data.Fields); err != nil {
		return nil, err
	}
	row.State = p.derive(c, row.State, p.Of(p.next(c, meta), m.Data.Fields))
	return p.write(c, meta.ID, row, p.Updated), nil
}

func (p Plain[F, S]) check(c Case, id string, f F) error {
	if p.Check == nil {
		return nil
	}
	return p.Check(c, id, f)
}

func (p Plain[F, S]) derive(c Case, before, after S) S {
	if p.Derive == nil {
		return after
	}
	return p.Derive(c, before, after)
}

// Delete marks a row as deleted, which hides it, and erases what is personal in it. Errors: Problems not_found, stale_version, those of Leave, and in_use.
func (p Plain[F, S]) Delete(c Case, m events.Received[events.Deletion]) ([]events.Outgoing, error) {
	row, err := p.leaving(c, m.Subject, m.Data.ExpectedVersion)
	if err != nil {
		return nil, err
	}
	if p.Use != nil {
		if err := p.Use.keep(c, p.Meta(&row.State).ID); err != nil {
			return nil, err
		}
	}
	return p.remove(c, row), nil
}

// Merge hides a row as Delete does, and gives the products that refer to it to another one. Errors: Problems not_found, stale_version, those of
// Leave, invalid where the other one is none, and those of moving the products.
func (p Plain[F, S]) Merge(c Case, m events.Received[events.Merger]) ([]events.Outgoing, error) {
	row, err := p.leaving(c, m.Subject, m.Data.ExpectedVersion)
	if err != nil {
		return nil, err
	}
	id, into := p.Meta(&row.State).ID, ID(m.Data.IntoID)
	switch {
	case into == id:
		return nil, events.Invalid(events.FieldError{Location: "query.reassign", Message: "must be another " + events.InWords(p.Noun) + " than the one that is deleted"})
	case !isLive(c, p.Rows, into):
		return nil, events.Invalid(events.FieldError{Location: "query.reassign", Message: "there is no " + events.InWords(p.Noun) + " with this id"})
	}
	moved, err := p.Use.move(c, id, into)
	if err != nil {
		return nil, err
	}
	return append(p.remove(c, row), moved...), nil
}

// leaving is a row that nothing of its own kind holds back.
func (p Plain[F, S]) leaving(c Case, subject string, expected int64) (Row[S], error) {
	row, err := p.at(c, subject, expected)
	if err == nil && p.Leave != nil {
		err = p.Leave(c, p.Meta(&row.State).ID)
	}
	return row, err
}

// remove marks a row as deleted, takes what is personal out of it, and tells that it is gone.
func (p Plain[F, S]) remove(c Case, row Row[S]) []events.Outgoing {
	meta := p.Meta(&row.State)
	*meta = p.next(c, *meta)
	if p.Erase != nil {
		p.Erase(&row.State)
	}
	row.DeletedAt = &c.Now
	return p.write(c, meta.ID, row, p.Deleted)
}

// at is a live row that has the version its asker has seen.
func (p Plain[F, S]) at(c Case, subject string, expected int64) (Row[S], error) {
	row, found := p.Rows.Get(c.Rows, ID(subject))
	if !found || row.DeletedAt != nil {
		return row, events.NotFound(p.Noun, subject)
	}
	if version := p.Meta(&row.State).Version; version != expected {
		return row, events.Stale(p.Noun, version)
	}
	return row, nil
}

func (Plain[F, S]) next(c Case, m events.Meta) events.Meta {
	m.Version++
	m.UpdatedAt = c.Now
	return m
}

func (p Plain[F, S]) write(c Case, id string, row Row[S], done events.Message[S]) []events.Outgoing {
	p.Rows.Put(c.Rows, id, row)
	state := row.State
	if p.Tell != nil {
		state = p.Tell(c, state)
	}
	return events.Send(done.New(id, state))
}

// isTaken tells whether a live row has a value; has leaves out the row itself. It sees the rows that the command's needs have loaded, no others.
func isTaken[S any](c Case, rows Table[Row[S]], has func(S) bool) bool {
	for row := range rows.All(c.Rows) {
		if row.DeletedAt == nil && has(row.State) {
			return true
		}
	}
	return false
}

// isLive tells whether there is such a row.
func isLive[S any](c Case, rows Table[Row[S]], id string) bool {
	row, found := rows.Get(c.Rows, ID(id))
	return found && row.DeletedAt == nil
}
