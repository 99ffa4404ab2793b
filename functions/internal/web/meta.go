package web

import (
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// Meta is what every resource shows.
type Meta struct {
	ID        string    `json:"id" format:"uuid"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
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
