package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/onlinemart/mart/schemas"
)

// routeTable finds the route of a request, by the description of the public API: the gateway itself knows no more than the beginning of each.
// It is read when the first request is looked up, and costs nobody anything before.
type routeTable struct{ described func() *http.ServeMux }

func newRouteTable() *routeTable { return &routeTable{sync.OnceValue(describedRoutes)} }

func describedRoutes() *http.ServeMux {
	mux, nothing := http.NewServeMux(), http.NotFoundHandler()
	var api struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if json.Unmarshal(schemas.OpenAPIJSON, &api) != nil {
		return mux // a test reads the same document
	}
	for path, operations := range api.Paths {
		for method := range operations {
			if method := strings.ToUpper(method); knownMethod(method) == method {
				mux.Handle(method+" "+path, nothing)
			}
		}
	}
	return mux
}

// of is the route of a request that was answered: the description's, else that of our own page, else as much of it as is one of ours; "" when there is
// nothing at its path.
func (t *routeTable) of(r *http.Request) string {
	if _, pattern := t.described().Handler(r); pattern != "" {
		return withoutMethod(pattern)
	}
	if own := withoutMethod(r.Pattern); own != "" && own != "/" {
		return strings.TrimSuffix(own, "{$}")
	}
	if _, ours := functionFor(r.URL.Path); !ours {
		return ""
	}
	return beginning(r.URL.Path)
}

// beginning is as much of the route of a function's path as the gateway knows by itself.
func beginning(path string) string {
	first, rest, _ := strings.Cut(path[1:], "/")
	if rest == "" {
		return "/" + first
	}
	return "/" + first + "/{rest...}"
}

func withoutMethod(pattern string) string {
	if _, path, with := strings.Cut(pattern, " "); with {
		return path
	}
	return pattern
}
