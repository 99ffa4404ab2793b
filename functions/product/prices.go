package product

import (
	"context"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Price is one line of a product's price history.
type Price struct {
	Version int64        `json:"version" doc:"The product's version since which it is so." example:"1"`
	Since   time.Time    `json:"since" doc:"Until the since of the next one."`
	Price   events.Money `json:"price" doc:"What one of it cost."`
	Offered bool         `json:"offered" doc:"Whether the product was published." example:"true"`
}

type pricesInput struct {
	web.Paging
	ID web.ID `path:"id" format:"uuid"`
}

func prices(api *web.API) func(context.Context, *pricesInput) (*web.List[Price], error) {
	return func(ctx context.Context, in *pricesInput) (*web.List[Price], error) {
		page, err := bus.Ask(ctx, api.Asker(), events.ListPrices, events.PriceFilter{Paging: in.Page(), ProductID: string(in.ID)})
		if err != nil {
			return nil, err
		}
		return web.ShowPage(ctx, page, web.NoStore, showPrice), nil
	}
}

func showPrice(p events.ProductPrice) Price {
	return Price{Version: p.Version, Since: p.Since, Price: p.Price, Offered: p.Offered}
}
