package functiontest

import (
	"net/http"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Office is a function with the real db behind it: what comes in by HTTP is decided in a transaction on Postgres.
type Office struct {
	*DB
	Token string // a member of staff's
	api   *web.API
}

// OpenOffice starts the routes of a function, and hires a member of staff with a role. Everything ends with the test.
func OpenOffice(t testing.TB, f events.Function, role events.Role, routes func(*web.API)) *Office {
	t.Helper()
	o := &Office{DB: StartDB(t)}
	o.Token = o.Staff(role)
	o.api = web.NewAPI(o.Runtime(f, nil), Tokens{})
	routes(o.api)
	return o
}

// Call sends a request as somebody; "" is nobody. The body of a PATCH is a merge patch.
func (o *Office) Call(token, method, path, body string, header ...string) Answer {
	kind := "application/json"
	if method == http.MethodPatch {
		kind = "application/merge-patch+json"
	}
	if token != "" {
		header = append(header, "Authorization", "Bearer "+token)
	}
	return Call(o.api, method, path, body, append(header, "Content-Type", kind)...)
}
