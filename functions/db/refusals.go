package db

import "github.com/onlinemart/mart/events"

// refusals is what a violated constraint says to whoever asked, for the rare time when a race gets past the statement's own
// conditions. By the constraint's name.
var refusals = map[string]*events.Problem{
	"live brands have different slugs":        brandSlugTaken,
	"live staff have different addresses":     errEmailTaken,
	"live customers have different addresses": errEmailTaken,
	"an order has one payment under way":      paymentInProgress,
	"an order has one row":                    orderExists,
	"a payment has one row":                   paymentExists,
	"live categories have different slugs":    categorySlugTaken,
	"live products have different SKUs":       productSKUTaken,
}
