package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// contact is something of which nothing has to be checked, and which has a value about a person.
type contact struct {
	events.Meta
	Name  string
	Email events.Personal
}

type contactFields struct {
	Name  string
	Email events.Personal
}

var contacts = domain.Plain[contactFields, contact]{
	Noun: "contact", Rows: domain.Table[domain.Row[contact]]{Name: "contact"},
	Of:      func(m events.Meta, f contactFields) contact { return contact{Meta: m, Name: f.Name, Email: f.Email} },
	Meta:    func(c *contact) *events.Meta { return &c.Meta },
	Erase:   func(c *contact) { c.Email = events.Personal{} },
	Created: events.Message[contact]{Noun: "contact", Verb: "created"}, Updated: events.Message[contact]{Noun: "contact", Verb: "updated"},
	Deleted: events.Message[contact]{Noun: "contact", Verb: "deleted"},
}

// A plain noun that checks nothing is created, replaced and deleted; what is about a person is gone with the row, and from what is told.
func TestPlain_ErasesWhatIsPersonalAndNeedsNoCheck(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	c := domain.Case{Rows: domain.NewMart(), Now: begun}
	of := events.Envelope{Subject: anID}
	said := contactFields{Name: "Acme", Email: events.NewPersonal("ann@example.com")}
	if _, err := contacts.Create(c, events.Received[contactFields]{Envelope: of, Data: said}); err != nil {
		t.Fatal(err)
	}
	c.Keep()
	change := events.Change[contactFields]{ExpectedVersion: 1, Fields: said}
	if _, err := contacts.Update(c, events.Received[events.Change[contactFields]]{Envelope: of, Data: change}); err != nil {
		t.Fatal(err)
	}
	c.Keep()
	c.Now = begun.Add(time.Hour)
	told, err := contacts.Delete(c, events.Received[events.Deletion]{Envelope: of, Data: events.Deletion{ExpectedVersion: 2}})
	if err != nil || len(told) != 1 {
		t.Fatalf("deleted: %d messages, %v", len(told), err)
	}
	c.Keep()
	left, _ := contacts.Rows.Get(c.Rows, anID)
	state := contact{Meta: events.Meta{ID: anID, Version: 3, CreatedAt: begun, UpdatedAt: c.Now}, Name: "Acme"}
	if d := cmp.Diff(domain.Row[contact]{State: state, DeletedAt: &c.Now}, left); d != "" {
		t.Errorf("left (-want +got):\n%s", d)
	}
	if d := cmp.Diff(any(&state), told[0].Payload()); d != "" {
		t.Errorf("told (-want +got):\n%s", d)
	}
}
