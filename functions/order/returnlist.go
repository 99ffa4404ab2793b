package order

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// returnList declares how staff find the returns of all orders.
func (r routes) returnList() {
	web.Read(r.api, web.Route{
		Method: http.MethodGet, Path: "/returns", ID: "listReturns",
		Summary: "List the returns of all orders",
		Description: "For whoever decides on them and takes them in: with status=requested those that wait for a decision, with status=approved those that are to come. A " +
			"customer reads their returns in their orders." + web.Listing,
		Access: web.Access{Staff: events.OrdersRead}, Sorts: []string{"-at"},
	}, r.listReturns)
}

// ListedReturn is a return with the order that it is of.
type ListedReturn struct {
	Return
	OrderID     string                   `json:"orderId" format:"uuid" doc:"The order that it is of: there it is decided on." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd"`
	OrderNumber string                   `json:"orderNumber" doc:"That order's number." example:"M-000123"`
	CustomerID  string                   `json:"customerId,omitempty" format:"uuid" doc:"Whose order it is; absent where it was placed without an account." example:"102527d5-03f2-5370-a372-3748397623d5"`
	Products    []events.ReturnedProduct `json:"products" nullable:"false" doc:"What the products of its lines were called when they were ordered."`
}

type returnsIn struct {
	web.Paging
	Status     events.ReturnStatus `query:"status" enum:"requested,approved,refused,received" doc:"Only those that are there now."`
	CustomerID web.ID              `query:"customerId" format:"uuid" doc:"Only of this customer's orders."`
	ProductID  web.ID              `query:"productId" format:"uuid" doc:"Only those by which this product is to come back, or has."`
	From       web.Time            `query:"requestedFrom" format:"date-time" doc:"Only what was asked for then or later."`
	Before     web.Time            `query:"requestedBefore" format:"date-time" doc:"Only what was asked for before."`
}

func (r routes) listReturns(ctx context.Context, in *returnsIn) (*web.List[ListedReturn], error) {
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListReturns, events.ReturnFilter{
		Paging: in.Page(), Status: in.Status, CustomerID: string(in.CustomerID), ProductID: string(in.ProductID), RequestedFrom: in.From.UTC(), RequestedBefore: in.Before.UTC(),
	})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, showListedReturn), nil
}

func showListedReturn(r events.ReturnState) ListedReturn {
	seen := ListedReturn{Return: showReturn(r.PartReturn), OrderID: r.OrderID, OrderNumber: r.OrderNumber, CustomerID: r.CustomerID, Products: listed(r.Products)}
	if r.CustomerID == r.OrderID { // a guest's: who has no account is their order
		seen.CustomerID = ""
	}
	return seen
}
