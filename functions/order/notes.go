package order

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

func noteRoutes(api *web.API) {
	r := routes{api: api}
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/orders/{id}/notes", ID: "addOrderNote",
		Summary: "Note something about an order", Description: "A note is for staff: no customer ever sees it. It does not change.",
		Access: web.Access{Staff: events.OrdersWrite}, NoCards: true,
	}, web.Write[noteIn, events.NoteState, Note]{Command: addNote, Done: events.NoteAdded, Status: http.StatusCreated, Show: showNote})
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/orders/{id}/notes", ID: "listOrderNotes",
		Summary:     "Read what staff have noted about an order",
		Description: "The oldest first. No customer sees them. Of an order whose customer was erased the texts are empty." + web.Listing,
		Access:      web.Access{Staff: events.OrdersRead}, Sorts: []string{"at"},
	}, r.notes)
}

// Note is what a member of staff has noted about an order.
type Note struct {
	ID   string           `json:"id" format:"uuid" doc:"Its id."`
	At   time.Time        `json:"at" doc:"When it was noted."`
	By   events.Principal `json:"by" doc:"Who has noted it."`
	Text string           `json:"text" doc:"Empty once the order's customer is erased." example:"The customer called: please leave it with the neighbour."`
}

// NewNote is what is to be noted.
type NewNote struct {
	Text string `json:"text" doc:"What is to be noted." example:"The customer called: please leave it with the neighbour."`
}

// TransformSchema gives the members the limits of their declaration.
func (NewNote) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.NewNote](s)
}

// Resolve finds what is wrong beyond the shape.
func (n NewNote) Resolve(huma.Context) []error {
	_, err := n.stored("")
	return web.Faults(err)
}

func (n NewNote) stored(order string) (events.NewNote, error) {
	return domain.Note(events.NewNote{OrderID: order, Text: events.Said(n.Text)})
}

type noteIn struct {
	web.PreferInput
	ID   web.ID `path:"id" format:"uuid"`
	Body NewNote
}

type notesIn struct {
	web.Paging
	ID web.ID `path:"id" format:"uuid"`
}

func addNote(_ context.Context, in *noteIn) (events.Outgoing, error) {
	n, err := in.Body.stored(string(in.ID))
	return events.AddNote.New(events.NewID(), n), err
}

func (r routes) notes(ctx context.Context, in *notesIn) (*web.List[Note], error) {
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListNotes, events.NoteFilter{Paging: in.Page(), OrderID: string(in.ID)})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, showNote), nil
}

func showNote(n events.NoteState) Note {
	return Note{ID: n.ID, At: n.At, By: n.By, Text: n.Text.Plaintext()}
}
