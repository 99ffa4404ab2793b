package inventory

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

var (
	readers = web.Access{Staff: events.StockRead}
	writers = web.Access{Staff: events.StockWrite}
)

// Routes declares what comes in by HTTP.
func Routes(api *web.API) {
	r := routes{api}
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/stock", ID: "listStock",
		Summary: "List stock, the scarcest first",
		Description: "For whoever fills the shelves: what there is least of comes first. available is what can be sold: what is on hand, less what is promised to orders that are not paid " +
			"yet." + web.Listing,
		Access: readers, Sorts: []string{"available", "createdAt"},
	}, r.list)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/stock/{productId}", ID: "getStock",
		Summary:     "Read a product's stock",
		Description: "A stock begins with its product, at 0. Its version and ETag change with each movement, an order's as well as one by hand.",
		Access:      readers,
	}, r.get)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/stock/{productId}/movements", ID: "listStockMovements",
		Summary: "List what moved a product's stock, the newest first",
		Description: "The ledger of one product: each line says how many came or went, how many were promised or given free, why, and who did it; the sums of all lines are what GET " +
			"/stock/{productId} says." + web.Listing,
		Access: readers, Sorts: []string{"-version"},
	}, r.movements)
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/stock/{productId}/adjustments", ID: "adjustStock",
		Summary: "Change what is on hand of a product",
		Description: "delta is by how much it changes, not what there is then. The movement is in the ledger for good; a mistake is corrected by another one. 409 `stock_below_reserved`: " +
			"so many are promised to orders. 409 `stock_too_large`. Of a product that becomes low by it staff who fill the shelves get a mail. The answer is the stock as it is " +
			"then.",
		Access: writers, RequireIdempotencyKey: true,
	}, web.Write[adjustIn, events.StockState, Stock]{
		Command: adjust, Done: events.StockAdjusted, Status: http.StatusCreated, Show: show, Version: func(s events.StockState) int64 { return s.Version },
		Href: func(s events.StockState) string { return "/stock/" + s.ProductID },
	})
}

// Stock is a product's stock as staff see it.
type Stock struct {
	ProductID string `json:"productId" format:"uuid" doc:"Which product."`
	SKU       string `json:"sku,omitempty" doc:"The mart's own number for it; absent in the answer to an adjustment." example:"TEA-EG-100"`
	Name      string `json:"name,omitempty" doc:"What it is called now; absent in the answer to an adjustment." example:"Earl Grey, 100 g"`
	OnHand    int64  `json:"onHand" minimum:"0" doc:"On the shelf." example:"24"`
	Reserved  int64  `json:"reserved" minimum:"0" doc:"Of these, promised to orders that are not paid yet." example:"0"`
	Available int64  `json:"available" minimum:"0" doc:"What can be sold." example:"24"`
	Version   int64  `json:"version" doc:"1 when it is new, and one more with each change; the ETag is made of it." example:"2"`
}

// Movement is one line of a product's ledger.
type Movement struct {
	ID            int64              `json:"id" doc:"Its number in the ledger: a higher one is a later one." example:"17"`
	OnHandDelta   int64              `json:"onHandDelta" doc:"How many came onto the shelf; less than 0: left it." example:"24"`
	ReservedDelta int64              `json:"reservedDelta" doc:"How many more are promised to orders; less than 0: fewer." example:"0"`
	Reason        events.StockReason `json:"reason" enum:"received,counted,damaged,lost,returned,corrected,reserved,released,committed,restocked" doc:"received, counted, damaged, lost, returned, corrected: what staff have said; reserved, released, committed, restocked: for an order." example:"received"`
	OrderID       string             `json:"orderId,omitempty" format:"uuid" doc:"The order that it was for."`
	Note          string             `json:"note,omitempty" doc:"What staff have said to it."`
	By            events.Principal   `json:"by" doc:"Who has moved it."`
	At            time.Time          `json:"at" doc:"When."`
}

type adjustIn struct {
	web.PreferInput
	ProductID web.ID `path:"productId" format:"uuid"`
	Body      adjustment
}

type adjustment struct {
	Delta  int64              `json:"delta" doc:"Up or down; not 0." example:"24"`
	Reason events.StockReason `json:"reason" doc:"Why." example:"received"`
	Note   string             `json:"note,omitempty" doc:"More about it, for staff."`
}

// TransformSchema gives the members the limits of their declaration.
func (adjustment) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.StockAdjustment](s)
}

// Resolve finds what is wrong beyond the shape.
func (a adjustment) Resolve(huma.Context) []error {
	_, err := a.stored()
	return web.Faults(err)
}

// stored is the adjustment as it is sent. Error: 422 with every fault.
func (a adjustment) stored() (events.StockAdjustment, error) {
	return domain.StockAdjustment(a.Delta, a.Reason, a.Note)
}

type getIn struct {
	web.Cached
	ProductID web.ID `path:"productId" format:"uuid"`
}

type listIn struct {
	web.Paging
	Text string `query:"q" maxLength:"200" doc:"Words in the product's name or SKU, whatever their case and accents; the last one may go on."`
	Low  bool   `query:"low" doc:"Only products that are low: of which no more can be sold than STOCK_LOW_AT of db says, five unless it is set."`
}

type movementsIn struct {
	web.Paging
	ProductID web.ID `path:"productId" format:"uuid"`
}

type routes struct{ api *web.API }

func adjust(_ context.Context, in *adjustIn) (events.Outgoing, error) {
	change, err := in.Body.stored()
	return events.AdjustStock.New(string(in.ProductID), change), err
}

func (r routes) get(ctx context.Context, in *getIn) (*web.Document[Stock], error) {
	s, err := bus.Ask(ctx, r.api.Asker(), events.GetStock, events.Lookup{ID: string(in.ProductID), MinVersion: in.MinVersion})
	if err != nil {
		return nil, err
	}
	return web.Show(in.Cached, s.Version, web.NoStore, showListed(s)), nil
}

func (r routes) list(ctx context.Context, in *listIn) (*web.List[Stock], error) {
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListStock, events.StockFilter{Paging: in.Page(), Text: in.Text, Low: in.Low})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, showListed), nil
}

func (r routes) movements(ctx context.Context, in *movementsIn) (*web.List[Movement], error) {
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListMovements, events.MovementFilter{Paging: in.Page(), ProductID: string(in.ProductID)})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, showMovement), nil
}

func show(s events.StockState) Stock {
	return Stock{ProductID: s.ProductID, OnHand: s.OnHand, Reserved: s.Reserved, Available: s.Available, Version: s.Version}
}

func showListed(s events.ListedStock) Stock {
	shown := show(s.StockState)
	shown.SKU, shown.Name = s.SKU, s.Name
	return shown
}

func showMovement(m events.StockMovement) Movement {
	return Movement{
		ID: m.ID, OnHandDelta: m.OnHandDelta, ReservedDelta: m.ReservedDelta, Reason: m.Reason, OrderID: m.OrderID, Note: m.Note.Plaintext(), By: m.By, At: m.At,
	}
}
