package db

import "github.com/onlinemart/mart/events"

// refusals is what a violated constraint says to whoever asked, for the rare time when a race gets past the statement's own
// conditions. By the constraint's name.
var refusals = map[string]*events.Problem{
	"live brands have different slugs":     brandSlugTaken,
	"live categories have different slugs": categorySlugTaken,
	"live products have different SKUs":    productSKUTaken,
}
