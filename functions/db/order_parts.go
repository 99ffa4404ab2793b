package db

import (
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// orderGoods is what has become of one product of an order.
type orderGoods struct {
	domain.Goods
	order string
}

var (
	orderGoodsColumns = []pg.Column[orderGoods]{
		pg.Col("order_id", "uuid", func(g orderGoods) string { return g.order }),
		pg.Col("product_id", "uuid", func(g orderGoods) string { return g.ProductID }),
		pg.Col("ordered", "bigint", func(g orderGoods) int64 { return g.Ordered }),
		pg.Col("cancelled", "bigint", func(g orderGoods) int64 { return g.Cancelled }),
		pg.Col("sent", "bigint", func(g orderGoods) int64 { return g.Sent }),
		pg.Col("delivered", "bigint", func(g orderGoods) int64 { return g.Delivered }),
		pg.Col("claimed", "bigint", func(g orderGoods) int64 { return g.Claimed }),
		pg.Col("returned", "bigint", func(g orderGoods) int64 { return g.Returned }),
	}
	setOrderGoods = `insert into order_goods (` + pg.Names(orderGoodsColumns, "") + `) select * from ` + pg.Unnest(orderGoodsColumns) + `
		on conflict (order_id, product_id) do update set cancelled = excluded.cancelled, sent = excluded.sent, delivered = excluded.delivered, claimed = excluded.claimed,
			returned = excluded.returned`
)

// parcel is a fulfilment with a number at its carrier.
type parcel struct{ part, order, tracking string }

var parcelSet = pg.SetOf("order_parcel", []pg.Column[parcel]{
	pg.Col("part_id", "uuid", func(p parcel) string { return p.part }),
	pg.Col("order_id", "uuid", func(p parcel) string { return p.order }),
	pg.Col("tracking", "text", func(p parcel) string { return p.tracking }),
})

// parcels are those of the fulfilments that an order has now and had not before.
func parcels(before, after domain.StoredOrder) (all []parcel) {
	for _, f := range after.Fulfilments[min(len(before.Fulfilments), len(after.Fulfilments)):] {
		if number := domain.FoldTracking(f.TrackingNumber.Plaintext()); number != "" {
			all = append(all, parcel{f.ID, after.ID, number})
		}
	}
	return all
}
