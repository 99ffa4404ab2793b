package db

import (
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// remark is what somebody wrote about an order.
type remark struct{ order, text string }

// acknowledgement has no key that would hide that it was done twice.
type acknowledgement struct {
	order string
	at    time.Time
}

var (
	notes            = domain.Log[remark]{Name: "notes"}
	acknowledgements = domain.Log[acknowledgement]{Name: "order_acknowledgement"}
)

// placeNoted is what the next release says of a new order.
func placeNoted(c domain.Case, m events.Received[events.Cart]) ([]events.Outgoing, error) {
	placed, err := domain.PlaceOrder(c, m)
	if err != nil || m.Data.Note == "" {
		return placed, err
	}
	o, _ := domain.Orders.Get(c.Rows, domain.ID(m.Subject))
	o.Note = m.Data.Note
	domain.Orders.Put(c.Rows, o.ID, o)
	notes.Add(c.Rows, remark{o.ID, o.Note})
	state := events.OrderState(o.Order)
	return events.Send(events.OrderPlaced.New(o.ID, state), events.OrderNoted.New(o.ID, state)), nil
}

func acknowledgeOrder(c domain.Case, m events.Received[events.OrderReason]) ([]events.Outgoing, error) {
	o, found := domain.Orders.Get(c.Rows, domain.ID(m.Subject))
	if !found {
		return nil, events.NotFound("order", m.Subject)
	}
	acknowledgements.Add(c.Rows, acknowledgement{o.ID, c.Now})
	o.History = nil
	return events.Send(events.OrderAcknowledged.New(o.ID, events.OrderState(o.Order))), nil
}

func acknowledgeNeeds(c events.Received[events.OrderReason]) inbox.Needs {
	return inbox.Needs{orderByID: {c.Subject}}
}

// next is what the next release stores besides.
var next = noun{Tables: []inbox.Table{{Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
	all := pg.Upsert(`update orders o set note = c.note from `+pg.Unnest(remarkColumns)+` where o.id = c.id`, remarkColumns, notes.Added(rows))
	return append(all, acknowledgementSet.Insert(acknowledgements.Added(rows))...)
}}}}

var remarkColumns = []pg.Column[remark]{
	pg.Col("id", "uuid", func(n remark) string { return n.order }),
	pg.Col("note", "text", func(n remark) string { return n.text }),
}

var acknowledgementSet = pg.SetOf("order_acknowledgement", []pg.Column[acknowledgement]{
	pg.Col("order_id", "uuid", func(a acknowledgement) string { return a.order }),
	pg.Col("at", "timestamptz", func(a acknowledgement) time.Time { return a.at }),
})
