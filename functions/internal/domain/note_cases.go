package domain

import "github.com/onlinemart/mart/events"

// Notes are what staff have noted about orders.
var Notes = Table[events.NoteState]{"order_note"}

// NoteExists refuses a second note of one id.
var NoteExists = events.Refuse("already_exists", "There is a note with this id already.")

// Note is what is noted, as it is stored. Error: 422.
func Note(n events.NewNote) (events.NewNote, error) {
	text, err := NeededWords[events.NewNote]("text", n.Text.Plaintext())
	if err == nil {
		n.OrderID, n.Text = ID(n.OrderID), text
	}
	return n, err
}

// AddNote notes something about an order, which itself does not change: its customer is told nothing of it.
// Errors: Problems not_found, already_exists; erased, when its customer is forgotten.
func AddNote(c Case, m events.Received[events.NewNote]) ([]events.Outgoing, error) {
	id := ID(m.Subject)
	o, found := Orders.Get(c.Rows, m.Data.OrderID)
	switch {
	case !found:
		return nil, events.NotFound("order", m.Data.OrderID)
	case o.Emptied():
		return nil, events.Refuse("erased", "The order's customer has been erased; nothing more is noted about them.")
	}
	if _, exists := Notes.Get(c.Rows, id); exists {
		return nil, NoteExists
	}
	n := events.NoteState{ID: id, OrderID: m.Data.OrderID, At: c.Now, By: m.By, Text: m.Data.Text}
	Notes.Put(c.Rows, id, n)
	return events.Send(events.NoteAdded.New(id, n)), nil
}
