package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
)

// refuseQuery refuses a query that cannot mean what its sender thinks: a parameter without a value would be one with the value 0 or
// none at all, of one that comes twice somebody would have to choose, and what cannot be decoded would be left out in silence.
func (a *API) refuseQuery(c huma.Context, next func(huma.Context)) {
	u := c.URL()
	if u.RawQuery == "" {
		next(c)
		return
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		a.refuse(c, &events.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "The query of the address cannot be read: write names and values percent-encoded, with & between them."})
		return
	}
	if faults := queryFaults(query); faults != nil {
		a.refuse(c, events.Invalid(faults...))
		return
	}
	next(c)
}

func queryFaults(query url.Values) (faults []events.FieldError) {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch values := query[name]; {
		case len(values) > 1:
			faults = append(faults, events.FieldError{Location: "query." + name, Message: "is there more than once"})
		case values[0] == "":
			faults = append(faults, events.FieldError{Location: "query." + name, Message: "has no value; leave it out or give one"})
		}
	}
	return faults
}
