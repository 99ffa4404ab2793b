package auth

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/functions/internal/web"
)

// routes declares what comes in by HTTP.
func routes(a *authority) {
	resetRoutes(a)
	anyone := web.Access{Anyone: true} // each endpoint looks for itself who asks
	web.Read(a.api, web.Route{Method: http.MethodPost, Path: "/oauth/token", ID: "issueToken", Summary: "Get an access token", Access: anyone, Body: tokenForm, Errors: refusals}, a.oauth(a.token))
	web.Read(a.api, web.Route{Method: http.MethodPost, Path: "/oauth/revoke", ID: "revokeToken", Summary: "End a log-in by its refresh token", Access: anyone, Body: revokeForm, Errors: refusals}, a.revoke)
	web.Read(a.api, web.Route{Method: http.MethodPost, Path: "/oauth/introspect", ID: "introspectToken", Summary: "See what a token says (programs only)", Access: anyone, Body: introspectForm, Errors: refusals}, a.introspect)
	web.Read(a.api, web.Route{Method: http.MethodGet, Path: "/.well-known/jwks.json", ID: "getKeys", Summary: "Read the keys that access tokens are checked with", Access: anyone}, a.jwks)
	web.Read(a.api, web.Route{Method: http.MethodGet, Path: "/.well-known/oauth-authorization-server", ID: "getAuthorizationServer", Summary: "Read where and how tokens are had", Access: anyone}, a.metadata)
}

var (
	tokenForm = describe([]string{"grant_type"}, map[string]string{
		"grant_type":    "password, refresh_token or client_credentials. The password grant is for the mart's own two clients only; OAuth's best practice (RFC 9700) forbids it to others.",
		"client_id":     "storefront for customers, backoffice for staff, or a program's id.",
		"client_secret": "A program's secret, unless it is sent by HTTP Basic.",
		"username":      "The e-mail address (password).",
		"password":      "The password (password).",
		"device":        "What an earlier log-in of this device has answered as device (password). It is let in when others who try this account are kept waiting. Keep it when the log-in ends.",
		"refresh_token": "The newest refresh token (refresh_token). It is exchanged: using one twice ends the log-in.",
		"scope":         "Fewer scopes than the program has (client_credentials). People get what their roles allow.",
	})
	revokeForm     = describe([]string{"token"}, map[string]string{"token": "A refresh token. Access tokens end by themselves within minutes.", "token_type_hint": "Not needed."})
	introspectForm = describe([]string{"token"}, map[string]string{
		"token": "An access token or a refresh token.", "token_type_hint": "Not needed.",
		"client_id": "The asking program.", "client_secret": "Its secret, unless it is sent by HTTP Basic.",
	})
)

// Tokens is a successful answer. Source: RFC 6749 §5.1.
type Tokens struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in" doc:"Seconds."`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope"`
	Device       string `json:"device,omitempty" doc:"To be sent with this account's next log-in from this device (password). It opens nothing by itself."`
}

type answer[B any] struct {
	CacheControl string `header:"Cache-Control"`
	Pragma       string `header:"Pragma"`
	Body         B
}

// oauth gives a handler OAuth's manners: a parsed form, its form of errors, nothing kept by caches.
func (a *authority) oauth(handle func(context.Context, *formInput, form) (Tokens, error)) func(context.Context, *formInput) (*answer[Tokens], error) {
	return func(ctx context.Context, in *formInput) (*answer[Tokens], error) {
		f, err := in.parse()
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		tokens, err := handle(ctx, in, f)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return &answer[Tokens]{CacheControl: web.NoStore, Pragma: "no-cache", Body: tokens}, nil
	}
}

type nothing struct{}

type published[B any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         B
}

// known is how long the keys and the metadata may be kept: shorter than a key is published before it signs.
const known = "public, max-age=60"

func (a *authority) jwks(context.Context, *nothing) (*published[KeySet], error) {
	return &published[KeySet]{CacheControl: known, Body: a.keys.published()}, nil
}
