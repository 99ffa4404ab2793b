package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
)

// refuseQuery refuses a query that cannot mean what its sender thinks: a parameter without a value would be one with the value 0 or
// none at all, of one that comes twice somebody would have to choose, and what is no parameter, or cannot be decoded, would be left out in silence.
// What is wrong is told with all that is wrong besides.
func (a *API) refuseQuery(sorts []string) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		u := c.URL()
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			a.refuse(c, &events.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "The query of the address cannot be read: write names and values percent-encoded, with & between them."})
			return
		}
		r := requestFrom(c.Context())
		r.beside = append(r.beside, queryFaults(query, parametersOf(c.Operation()), sorts)...)
		next(c)
	}
}

// parametersOf are the names of what an operation takes in its query.
func parametersOf(o *huma.Operation) (names []string) {
	for _, p := range o.Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	return names
}

func queryFaults(query url.Values, known, sorts []string) (faults []events.FieldError) {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		fault := ""
		switch values := query[name]; {
		case !slices.Contains(known, name):
			fault = "is not a parameter of this" + nearest(name, known)
		case len(values) > 1:
			fault = "is there more than once"
		case values[0] == "":
			fault = "has no value; leave it out or give one"
		case name == "sort":
			fault = sortFault(values[0], sorts)
		}
		if fault != "" {
			faults = append(faults, events.FieldError{Location: "query." + name, Message: fault})
		}
	}
	return faults
}

// sortFault is why a list is not sorted so; "": it is.
func sortFault(wanted string, sorts []string) string {
	var names []string
	for _, s := range sorts {
		names = append(names, strings.TrimPrefix(s, "-"))
	}
	if len(names) == 0 || slices.Contains(names, strings.TrimPrefix(wanted, "-")) {
		return ""
	}
	slices.Sort(names)
	return "unknown; sort by " + strings.Join(names, ", ") + "; with - before one, descending; by default " + sorts[0]
}

// nearest names the parameter that may have been meant; "": none is near.
func nearest(name string, known []string) string {
	best, least := "", min(3, 1+len(name)/3)
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; " + best + " is"
}

// distance is how many letters must be put in, taken out or changed to make one word of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
