package auth

import (
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// program is the client_credentials grant.
func (a *authority) program(ctx context.Context, in *formInput, f form) (Tokens, error) {
	c, err := a.authenticated(ctx, in, f)
	if err != nil {
		return Tokens{}, err
	}
	scopes := c.scopes
	if wanted := f.get("scope"); wanted != "" {
		if scopes, err = parseScopes(wanted, c.scopes); err != nil {
			return Tokens{}, refuse(http.StatusBadRequest, invalidScope, lacking(wanted, c.scopes))
		}
	}
	return a.sign(web.BackofficeAudience, c.id, c.id, "", scopes)
}

// lacking names the first scope that the program wants and does not have. One that nobody has is not repeated: an error_description
// may hold only some characters (RFC 6749 §5.2).
func lacking(wanted string, has []events.Permission) string {
	for word := range strings.FieldsSeq(wanted) {
		switch scope := events.Permission(word); {
		case slices.Contains(has, scope):
		case slices.Contains(domain.Scopes(domain.Roles()), scope):
			return "The program does not have the scope " + word + "."
		default:
			return "One of the scopes is not known; /.well-known/oauth-authorization-server lists them."
		}
	}
	return "The program may not have these scopes."
}

// authenticated is the program that asks. Errors: errBadClient, 429.
func (a *authority) authenticated(ctx context.Context, in *formInput, f form) (c client, err error) {
	if f.clientID == "" || f.clientSecret == "" {
		return c, errBadClient
	}
	if a.clients.proven.holds(f.clientID, sha256.Sum256([]byte(f.clientSecret))) {
		return a.clients.known[f.clientID], nil // whatever others try under its name
	}
	var owner events.Principal
	if _, known := a.clients.known[f.clientID]; known { // else it is whatever somebody typed, which is written down nowhere
		owner = events.Principal{Type: events.Client, ID: f.clientID}
	}
	try := a.attemptOf(in.Network(a.TrustedProxies), events.DeriveID("program", f.clientID), owner, "")
	turn, err := a.guard(ctx, try, func() error {
		c, err = a.clients.authenticate(ctx, try.address, f.clientID, f.clientSecret)
		return err
	})
	if err != nil {
		return client{}, err
	}
	a.recordProven(ctx, try, turn, "")
	return c, nil
}
