package web

import (
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// Meta is what every resource shows.
type Meta struct {
	ID        string    `json:"id" format:"uuid" doc:"Its id: it never changes, and is never given to anything else."`
	Version   int64     `json:"version" doc:"1 when it is new, and one more with each change; the ETag begins with it." example:"1"`
	CreatedAt time.Time `json:"createdAt" doc:"When it came to be. RFC 3339, in UTC."`
	UpdatedAt time.Time `json:"updatedAt" doc:"When its last version came to be."`
}

// MetaOf is a stored thing's part that every resource shows.
func MetaOf(m events.Meta) Meta {
	return Meta{ID: m.ID, Version: m.Version, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}
}

// Caller sends commands that are not the request itself but something it needs, under ids of their own.
func (a *API) Caller() bus.Caller { return a.runtime.Caller() }

// Asker asks db.
func (a *API) Asker() *bus.Asker { return a.runtime.Asker }

// Keys are those with which personal values, and tokens of links in mails, are made.
func (a *API) Keys() *events.Keys { return a.runtime.Keys }
