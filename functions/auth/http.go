package auth

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// routes declares what comes in by HTTP.
func routes(a *authority) {
	resetRoutes(a)
	anyone := web.Access{Anyone: true} // each endpoint looks for itself who asks
	web.Read(a.api, web.Route{
		Method: http.MethodPost, Path: "/oauth/token", ID: "issueToken", Summary: "Get an access token",
		Description: "Customers log in with grant_type=password and client_id=storefront, staff with client_id=backoffice; nothing is needed of them before, not even a confirmed address. " +
			"The access token is good for 10 minutes (ACCESS_TOKEN_LIFE); its scope is what the roles allow at this moment. A refresh token is good for one exchange: keep the " +
			"newest, one that comes twice ends the log-in. Programs have a secret, and take grant_type=client_credentials. Errors have OAuth's form. 400 `invalid_grant`: address " +
			"or password or refresh token is wrong, or the account may not log in, and which of these is not told. 401 `invalid_client`. 429: too many were wrong lately, " +
			"Retry-After says for how long; send device to be let in meanwhile. Keep device for the next log-in.",
		Access: anyone, Body: tokenForm, Errors: refusals,
	}, a.oauth(a.token))
	web.Read(a.api, web.Route{
		Method: http.MethodPost, Path: "/oauth/revoke", ID: "revokeToken", Summary: "End a log-in by its refresh token",
		Description: "A log-out: send the newest refresh token. Access tokens of the log-in end with it, at once. A token that is unknown or has ended is answered " +
			"200 as well (RFC 7009); whoever has the token may.",
		Access: anyone, Body: revokeForm, Errors: refusals,
	}, a.revoke)
	web.Read(a.api, web.Route{
		Method: http.MethodPost, Path: "/oauth/introspect", ID: "introspectToken", Summary: "See what a token says (programs only)",
		Description: "A program proves itself by its secret, and is told what an access token or a refresh token says (RFC 7662). Whatever is no live token of the mart is `active: false`, " +
			"and nothing else is said. An access token ends with its log-in. 401 `invalid_client`: there is no such program, or the secret is wrong.",
		Access: anyone, Body: introspectForm, Errors: refusals,
	}, a.introspect)
	web.Read(a.api, web.Route{
		Method: http.MethodGet, Path: "/.well-known/jwks.json", ID: "getKeys", Summary: "Read the keys that access tokens are checked with",
		Description: "A JWK set with Ed25519 keys, for whoever checks access tokens by themselves. Keep it for a minute, and read it again when a token names a kid that is not in it, once " +
			"a second at most.",
		Access: anyone,
	}, a.jwks)
	web.Read(a.api, web.Route{
		Method: http.MethodGet, Path: "/.well-known/oauth-authorization-server", ID: "getAuthorizationServer", Summary: "Read where and how tokens are had",
		Description: "RFC 8414: where tokens are had, by which grants, and every permission that there is, for OAuth libraries that configure themselves.",
		Access:      anyone,
	}, a.metadata)
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
	}, map[string]string{"grant_type": "password", "client_id": "storefront", "username": "ada@example.com", "password": "correct horse battery"})
	revokeForm = describe([]string{"token"}, map[string]string{"token": "A refresh token. The access tokens that were had with it end, too.", "token_type_hint": "Not needed."},
		map[string]string{"token": exampleRefresh})
	introspectForm = describe([]string{"token"}, map[string]string{
		"token": "An access token or a refresh token.", "token_type_hint": "Not needed.",
		"client_id": "The asking program.", "client_secret": "Its secret, unless it is sent by HTTP Basic.",
	}, map[string]string{"token": exampleAccess, "client_id": "reporting", "client_secret": "a-long-random-secret-of-the-program"})
)

// What stands for tokens in examples; the tags of Tokens have the same.
const (
	exampleAccess  = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTk4In0.c2ln"
	exampleRefresh = "e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd.1.c2VjcmV0"
)

// Tokens is a successful answer. Source: RFC 6749 §5.1.
type Tokens struct {
	AccessToken  string `json:"access_token" doc:"Send it as Authorization: Bearer and the token. It is good for expires_in seconds." example:"eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTk4In0.c2ln"`
	TokenType    string `json:"token_type" doc:"Bearer." example:"Bearer"`
	ExpiresIn    int    `json:"expires_in" doc:"Seconds." example:"600"`
	RefreshToken string `json:"refresh_token,omitempty" doc:"What the next access token is had with (grant_type refresh_token), once; its answer has the next one. Programs get none." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd.1.c2VjcmV0"`
	Scope        string `json:"scope" doc:"What the token lets one do, with spaces between." example:"shop"`
	Device       string `json:"device,omitempty" doc:"To be sent with this account's next log-in from this device (password). It opens nothing by itself." example:"0198c6f2.ZGV2aWNl"`
}

type answer[B any] struct {
	CacheControl string `header:"Cache-Control"`
	Pragma       string `header:"Pragma"`
	Body         B
}

// byItself is ctx of a request whose form alone says who sends it: an access token beside it, of a log-in that has ended, keeps nobody from logging in again.
func byItself(ctx context.Context) context.Context {
	c := events.CauseOf(ctx)
	c.Session = ""
	return events.WithCause(ctx, c)
}

// oauth gives a handler OAuth's manners: a parsed form, its form of errors, nothing kept by caches.
func (a *authority) oauth(handle func(context.Context, *formInput, form) (Tokens, error)) func(context.Context, *formInput) (*answer[Tokens], error) {
	return func(ctx context.Context, in *formInput) (*answer[Tokens], error) {
		ctx = byItself(ctx)
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
