package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
)

// Access says who may call a route. The zero value lets nobody in.
type Access struct {
	Anyone   bool              // no token needed; one that is sent must be valid
	Shoppers bool              // customers, for what is theirs
	Guests   bool              // whoever shows an order's token, for that order
	Cart     bool              // whoever shows a cart's secret, for that cart: besides Anyone or Newcomer, since the cart itself tells whom it lets in
	Newcomer bool              // whoever has no token and says in the body, as guest, who they are
	AnyStaff bool              // whoever works for the mart, whatever their role
	Staff    events.Permission // members of staff and programs with this permission
}

// security is what a request needs, one of these, as the document says it: no token, or one with a scope.
func (s Access) security() (either []map[string][]string) {
	with := func(scopes ...events.Permission) {
		names := make([]string, len(scopes))
		for i, scope := range scopes {
			names[i] = string(scope)
		}
		either = append(either, map[string][]string{"bearer": names})
	}
	if s.Anyone || s.Newcomer {
		either = append(either, map[string][]string{})
	}
	if s.Guests {
		either = append(either, map[string][]string{orderScheme: {}})
	}
	if s.Cart {
		either = append(either, map[string][]string{cartScheme: {}})
	}
	if s.Shoppers {
		with(events.Shop)
	}
	if s.Staff != "" {
		with(s.Staff)
	}
	if s.Anyone || s.AnyStaff {
		with()
	}
	return either
}

// Allows tells whether i may call. Anyone is not asked here: it means that nobody is.
func (s Access) Allows(i Identity) bool {
	switch i.Principal.Type {
	case events.Shopper:
		return s.Shoppers
	case events.Staff:
		return s.AnyStaff || s.Staff != "" && slices.Contains(i.Scopes, s.Staff)
	case events.Client:
		return s.Staff != "" && slices.Contains(i.Scopes, s.Staff)
	default:
		return false
	}
}

// missingScope tells somebody who may not call what it would take.
func (s Access) missingScope(i Identity) string {
	switch {
	case i.Principal.Type == events.Shopper:
		return "Customers may not do this."
	case s.Staff != "":
		return "This needs the permission " + string(s.Staff) + "."
	case s.Shoppers:
		return "Only customers may do this, with a token of the storefront."
	default:
		return "Only people who work for the mart may do this." // a program came, whatever its permissions
	}
}

// lets tells whether a request without an access token may go on. To whom its order is not open it is not there, as its handler says. A body that cannot be
// read, which may say who they are, goes on to where it is told what is wrong with it.
func (s Access) lets(r *request) bool {
	return r.identity.Principal.Type == "" && (s.Guests && r.orderToken || s.Newcomer && (hasGuest(r.body) || isUnreadable(r.body)))
}

// isUnreadable tells whether a body is something, and not JSON.
func isUnreadable(body []byte) bool { return len(body) > 0 && !json.Valid(body) }

// hasGuest tells whether a body says for whom an order is.
func hasGuest(body []byte) bool {
	var said struct {
		Guest json.RawMessage `json:"guest"`
	}
	return json.Unmarshal(body, &said) == nil && len(said.Guest) > 0 && string(said.Guest) != "null"
}

// tokenRequired is the code of a request without a token, where one is needed.
const tokenRequired = "token_required"

// howTo says how a token is sent and had.
const howTo = "an access token, sent as Authorization: Bearer and the token. Get one from POST /oauth/token."

// without is how whoever has no account does without an access token.
func (s Access) without() string {
	switch {
	case s.Newcomer:
		return " Without an account, say in guest whom the order is for."
	case s.Guests:
		return " Who has ordered without an account sends the order's token, as Order-Token."
	default:
		return ""
	}
}

// authorize is the check of one route.
func (a *API) authorize(route Route) func(huma.Context, func(huma.Context)) {
	s := route.Access
	return func(c huma.Context, next func(huma.Context)) {
		r := requestFrom(c.Context())
		switch {
		case r.bare && route.Body == nil: // a route that reads its own body looks for itself who asks
			a.refuse(c, &events.Problem{Status: http.StatusUnauthorized, Code: "invalid_token", Detail: "The Authorization header has no Bearer before its token. This takes " + howTo})
		case s.Anyone || s.Allows(r.identity) || s.lets(r):
			next(c)
		case r.identity.Principal.Type == "":
			a.refuse(c, &events.Problem{Status: http.StatusUnauthorized, Code: tokenRequired, Detail: "This needs " + howTo + s.without()})
		default:
			if s.Staff != "" {
				c.SetHeader("WWW-Authenticate", `Bearer realm="mart", error="insufficient_scope", scope="`+string(s.Staff)+`"`)
			}
			a.refuse(c, events.Forbidden(s.missingScope(r.identity)))
		}
	}
}

// checkMediaType refuses a body of another kind than the operation reads.
func (a *API) checkMediaType(c huma.Context, next func(huma.Context)) {
	kind, body := c.Header("Content-Type"), c.Operation().RequestBody
	if body == nil || kind == "" || body.Content[kind] != nil || len(requestFrom(c.Context()).body) == 0 {
		next(c)
		return
	}
	kinds := slices.Sorted(maps.Keys(body.Content))
	if c.Method() == http.MethodPatch {
		slices.Reverse(kinds)                                  // what a patch is by its name before what it may also call itself
		c.SetHeader("Accept-Patch", strings.Join(kinds, ", ")) // Source: RFC 5789 §2.2
	}
	a.refuse(c, &events.Problem{
		Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
		Detail: "Send the body as JSON, with Content-Type: " + strings.Join(kinds, " or ") + ".",
	})
}

// refuse writes a problem from a middleware.
func (a *API) refuse(c huma.Context, p *events.Problem) {
	problem := problemOf(c.Context(), p)
	for name, values := range problem.headers {
		c.SetHeader(name, values[0])
	}
	c.SetHeader("Content-Type", problem.ContentType(""))
	c.SetStatus(problem.StatusOf)
	if err := a.huma.Marshal(c.BodyWriter(), "application/json", problem); err != nil {
		a.runtime.Log.Debug("a refusal could not be written", "reason", err)
	}
}
