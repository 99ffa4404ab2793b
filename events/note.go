package events

import "time"

// NewNote is what a member of staff notes about an order.
type NewNote struct {
	OrderID string `json:"orderId" format:"uuid"`
	Text    Words  `json:"text" minLength:"1" maxLength:"2000"`
}

// NoteState is a note about an order, for staff alone. It never changes.
type NoteState struct {
	ID      string    `json:"id"`
	OrderID string    `json:"orderId"`
	At      time.Time `json:"at"`
	By      Principal `json:"by"`
	Text    Words     `json:"text"` // "" once the customer is erased
}

// NoteFilter asks for a page of the notes about an order.
type NoteFilter struct {
	Paging
	OrderID string `json:"orderId"`
}

// The messages about notes.
var (
	AddNote = Message[NewNote]{Kind: Command, Noun: "note", Verb: "add", Producers: by(Order), Consumers: to(DB), Needs: OrdersWrite}

	NoteAdded = Message[NoteState]{Kind: Event, Noun: "note", Verb: "added", Producers: by(DB)}

	ListNotes = Query[NoteFilter, Page[NoteState]]{Noun: "note", Verb: "list", Producers: by(Order), Needs: OrdersRead}
)

var noteMessages = []Declared{AddNote, NoteAdded, ListNotes}
