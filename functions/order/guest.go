package order

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/ordertoken"
	"github.com/onlinemart/mart/functions/internal/web"
)

// newcomers are customers, and whoever says in the body as guest who they are.
var newcomers = web.Access{Shoppers: true, Newcomer: true}

// guests declares how staff forget who has bought without an account.
func (r routes) guests() {
	web.Change(r.api, web.Route{
		Method: http.MethodDelete, Path: "/orders/{id}/guest", ID: "eraseGuest", Summary: "Erase the guest of an order", Description: erasingGuests, Access: web.Access{Staff: events.CustomersWrite},
	}, web.Write[guestIn, events.OrderState, struct{}]{Command: eraseGuest, Done: events.OrderGuestErased, Status: http.StatusNoContent})
}

// guestsOrder tells a client how whoever has no account goes on.
const guestsOrder = " Without an access token, guest says whom the order is for: the answer has a token, here alone, which opens this one order for 90 days. Send it as Order-Token to read, pay and cancel the order and to ask " +
	"for goods to come back, and to ask at Location after a 202; the mails about the order link to the storefront's page of it with the token behind the #. Until it is paid, the order is read with it without names and street: its link may have come to somebody who has ordered nothing. 422 guest_with_token: whoever is logged in orders as who they are. " +
	"409 too_many_unpaid_orders: several orders for that address were placed from the same network and not paid within the hour. 409 too_many_held: guests hold so much at once, each, and all at one network together with customers whose address is not confirmed, and no more."

const erasingGuests = "What is not paid is cancelled; an order that is on its way keeps what the shop needs to send it until it has come to its end. The order's token opens nothing from then on, and no mail is sent about it; what is shown to staff, and a request that is repeated under its key, have nothing of them within a minute. " +
	"Country, amounts and dates stay. 404: there is no such order, it is a customer's, or its guest was erased before. 409 payment_in_progress: try again in a minute."

// NewGuest is who orders without an account.
type NewGuest struct {
	Email    string          `json:"email" doc:"Where mails about the order go." example:"gil@example.com"`
	Name     string          `json:"name" doc:"How mails address them." example:"Gil Guest"`
	Phone    string          `json:"phone,omitempty" doc:"International: +49 30 123456."`
	Language events.Language `json:"language,omitempty" enum:"en,de" doc:"Of mails to them; absent: the shop's own."`
}

// TransformSchema gives the members the limits of their declaration.
func (NewGuest) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.GuestContact](s)
}

func (g NewGuest) private() events.GuestContact {
	return events.GuestContact{Email: events.NewPersonal(g.Email), Name: events.NewPersonal(g.Name), Phone: events.NewPersonal(g.Phone), Language: g.Language}
}

// contact is a guest as they are stored, who orders from a network.
func (r routes) contact(g *NewGuest, network string) events.GuestContact {
	c, k := g.private(), r.api.Keys()
	c.Key, c.Mailbox, c.Network = domain.GuestKey(k, g.Email), domain.MailboxKey(k, g.Email), r.api.Place(network)
	return c
}

// guestFaults is what is wrong with a guest, where there is one.
func guestFaults(g *NewGuest) []error {
	if g == nil {
		return nil
	}
	_, err := domain.GuestContact(g.private())
	return web.Faults(err)
}

// Guest is who has ordered without an account, as they and staff see them. Once they are erased and the order has come to its end, nothing is left.
type Guest struct {
	Email    string          `json:"email,omitempty" doc:"Where mails about the order go." example:"gil@example.com"`
	Name     string          `json:"name,omitempty" doc:"How mails address them." example:"Gil Guest"`
	Phone    string          `json:"phone,omitempty" doc:"International; absent where they have given none."`
	Language events.Language `json:"language,omitempty" enum:"en,de" doc:"Of mails to them; absent: the shop's own."`
}

// guestOf is an order's guest; nil: it is a customer's.
func guestOf(o events.OrderState) *Guest {
	if !domain.Order(o).OfGuest() {
		return nil
	}
	return &Guest{Email: o.Email.Plaintext(), Name: o.CustomerName.Plaintext(), Phone: o.Phone.Plaintext(), Language: o.Language}
}

// customerOf is an order's customer; "": it is a guest's.
func customerOf(o events.OrderState) string {
	if domain.Order(o).OfGuest() {
		return ""
	}
	return o.CustomerID
}

// errGuestWithToken refuses a guest who is somebody.
var errGuestWithToken = events.Unprocessable("guest_with_token", "Whoever is logged in orders as who they are: leave guest out, or send no access token.",
	events.FieldError{Location: "body.guest", Message: "must be left out where there is an access token"})

// checkGuest refuses a guest who is logged in.
func checkGuest(ctx context.Context, g *NewGuest) error {
	if g != nil && !web.IsGuest(ctx) {
		return errGuestWithToken
	}
	return nil
}

// placed is an order as whoever has placed it sees it: a guest with the token that opens it from then on.
func (r routes) placed(o events.OrderState) Order {
	seen := showToBuyer(o)
	if seen.Guest != nil {
		seen.Token = ordertoken.New(r.api.Keys(), o.ID, o.CreatedAt)
	}
	return seen
}

// tokenOf is the token of a guest's order that is not decided yet, by the id that it will have.
func (r routes) tokenOf(ctx context.Context, order string) string {
	if !web.IsGuest(ctx) {
		return ""
	}
	return ordertoken.New(r.api.Keys(), order, time.Now())
}

type guestIn struct {
	web.PreferInput
	ID web.ID `path:"id" format:"uuid"`
}

func eraseGuest(_ context.Context, in *guestIn) (events.Outgoing, error) {
	return events.EraseGuest.New(string(in.ID), events.GuestErasure{}), nil
}
