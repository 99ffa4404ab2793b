package web

import (
	"context"
	"maps"

	"github.com/onlinemart/mart/events"
)

// Listing says how a list goes on; it ends the description of each.
const Listing = " Pages go on with nextCursor as `cursor`, or with the address in `Link`: keep the filters, and the sort, with another of which a cursor is 422."

// Paging is for reads of a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many are on a page at most."`
	Cursor string `query:"cursor" maxLength:"2000" doc:"nextCursor of the page before."`
	Sort   string `query:"sort" maxLength:"50" doc:"A field, - before it for descending."`
}

// Page is the question's part about paging.
func (p Paging) Page() events.Paging {
	return events.Paging{Limit: p.Limit, Cursor: p.Cursor, Sort: p.Sort}
}

// List is the answer to a read of a list.
type List[B any] struct {
	Link         string `header:"Link"`
	CacheControl string `header:"Cache-Control"`
	Body         ListBody[B]
}

// ListBody is one page.
type ListBody[B any] struct {
	Items      []B    `json:"items" nullable:"false" doc:"The page, in the order that sort says; empty where nothing fits."`
	NextCursor string `json:"nextCursor,omitempty" doc:"Absent on the last page."`
}

// ShowPage answers with one page, each item as show makes it.
func ShowPage[S, B any](ctx context.Context, page events.Page[S], cache string, show func(S) B) *List[B] {
	out := &List[B]{CacheControl: cache, Body: ListBody[B]{Items: make([]B, len(page.Items)), NextCursor: page.NextCursor}}
	for i, item := range page.Items {
		out.Body.Items[i] = show(item)
	}
	if page.NextCursor != "" {
		r := requestFrom(ctx)
		next := maps.Clone(r.query) // the filters stay
		next.Set("cursor", page.NextCursor)
		out.Link = "<" + r.path + "?" + next.Encode() + `>; rel="next"`
	}
	return out
}
