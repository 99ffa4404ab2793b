package user

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// nameRoute declares how staff learn which colleague has done something, of whom they are told the id.
func (r routes) nameRoute() {
	web.Read(r.api, web.Route{
		Method: http.MethodGet, Path: "/users/{id}/name", ID: "getUserName",
		Summary:     "Read what a colleague is called",
		Description: "For whoever reads orders, whose history and notes tell who did what by an id: the name alone, neither address nor roles. Who was removed is 404.",
		Access:      web.Access{Staff: events.OrdersRead},
	}, r.name)
}

// Name is what a member of staff is called.
type Name struct {
	ID   string `json:"id" format:"uuid" doc:"Whose it is."`
	Name string `json:"name" doc:"What they are called." example:"Grace Hopper"`
}

type nameInput struct {
	web.Tagged
	ID web.ID `path:"id" format:"uuid"`
}

func (r routes) name(ctx context.Context, in *nameInput) (*web.Document[Name], error) {
	u, err := bus.Ask(ctx, r.api.Asker(), events.GetUserName, events.Lookup{ID: string(in.ID)})
	if err != nil {
		return nil, err
	}
	return web.ShowTagged(in.Tagged, web.NoStore, Name{ID: u.ID, Name: u.Name.Plaintext()})
}
