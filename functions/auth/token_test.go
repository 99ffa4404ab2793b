package auth

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

func verifierOf(keys *keyring) web.Verifier { return web.NewVerifier(issuer, keys) }

func TestToken_PeopleAndProgramsGetWhatTheyMay(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, c := range []struct {
		name   string
		answer functiontest.Answer
		want   events.Principal
		scope  string
	}{
		{"customer", s.password("storefront", "canary.buyer@EXAMPLE.com", secret), events.Principal{Type: events.Shopper, ID: s.buyer}, "shop"},
		{
			"owner", s.password("backoffice", bossEmail, secret),
			events.Principal{Type: events.Staff, ID: s.boss},
			scopeOf(domain.Scopes([]events.Role{events.OwnerRole})),
		},
		{
			"program", s.post("/oauth/token", "grant_type", "client_credentials", "client_id", "importer", "client_secret", clientKey),
			events.Principal{Type: events.Client, ID: "importer"},
			"catalog:write stock:read",
		},
		{
			"program with less", s.post("/oauth/token", "grant_type", "client_credentials", "client_id", "importer", "client_secret", clientKey, "scope", "stock:read"),
			events.Principal{Type: events.Client, ID: "importer"},
			"stock:read",
		},
	} {
		tokens := s.tokens(c.answer)
		who, err := s.verify(tokens.AccessToken)
		if err != nil || who != c.want || tokens.Scope != c.scope || tokens.ExpiresIn != 600 || tokens.TokenType != "Bearer" {
			t.Errorf("%s: %v %v %+v", c.name, who, err, tokens)
		}
		if (tokens.RefreshToken != "") == (c.want.Type == events.Client) {
			t.Errorf("%s: a refresh token is for people", c.name)
		}
		if c.answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %v", c.name, c.answer.Header)
		}
	}
}

func TestToken_Refusals(t *testing.T) {
	t.Parallel()
	s := setup(t)
	basic := func(authorization string) functiontest.Answer {
		return functiontest.Call(s.api, http.MethodPost, "/oauth/token", "grant_type=client_credentials", "Content-Type", formType, "Authorization", authorization)
	}
	raw := func(contentType, body string) functiontest.Answer {
		return functiontest.Call(s.api, http.MethodPost, "/oauth/token", body, "Content-Type", contentType)
	}
	for name, c := range map[string]struct {
		got  functiontest.Answer
		want failure
	}{
		"wrong password":            {s.password("storefront", buyerEmail, wrong), failure{400, invalidGrant}},
		"unknown address":           {s.password("storefront", "nobody@example.com", secret), failure{400, invalidGrant}},
		"a customer as staff":       {s.password("backoffice", buyerEmail, secret), failure{400, invalidGrant}},
		"staff as a customer":       {s.password("storefront", bossEmail, secret), failure{400, invalidGrant}},
		"unknown client":            {s.password("other", buyerEmail, secret), failure{401, invalidClient}},
		"a program with passwords":  {s.password("importer", buyerEmail, secret), failure{401, invalidClient}},
		"no password":               {s.post("/oauth/token", "grant_type", "password", "client_id", "storefront", "username", buyerEmail), failure{400, invalidRequest}},
		"endless password":          {s.password("storefront", buyerEmail, strings.Repeat("a", 1000)), failure{400, invalidGrant}},
		"NUL in the address":        {s.password("storefront", "a\x00@example.com", secret), failure{400, invalidRequest}},
		"no grant":                  {s.post("/oauth/token", "client_id", "storefront"), failure{400, invalidRequest}},
		"an empty grant":            {s.post("/oauth/token", "grant_type", ""), failure{400, invalidRequest}},
		"implicit grant":            {s.post("/oauth/token", "grant_type", "implicit"), failure{400, unsupportedGrant}},
		"JSON":                      {raw("application/json", `{"grant_type":"password"}`), failure{415, invalidRequest}},
		"no kind":                   {raw("", "grant_type=password"), failure{400, invalidRequest}},
		"no readable kind":          {raw("form", "grant_type=password"), failure{415, invalidRequest}},
		"twice":                     {raw(formType, "grant_type=password&grant_type=password"), failure{400, invalidRequest}},
		"no form":                   {raw(formType, "%zz"), failure{400, invalidRequest}},
		"nothing":                   {raw(formType, ""), failure{400, invalidRequest}},
		"wrong secret":              {s.post("/oauth/token", "grant_type", "client_credentials", "client_id", "importer", "client_secret", wrong), failure{401, invalidClient}},
		"unknown program":           {s.post("/oauth/token", "grant_type", "client_credentials", "client_id", "nobody", "client_secret", wrong), failure{401, invalidClient}},
		"no secret":                 {s.post("/oauth/token", "grant_type", "client_credentials", "client_id", "importer"), failure{401, invalidClient}},
		"storefront as a program":   {s.post("/oauth/token", "grant_type", "client_credentials", "client_id", "storefront", "client_secret", "x"), failure{401, invalidClient}},
		"scope it has not":          {s.post("/oauth/token", "grant_type", "client_credentials", "client_id", "importer", "client_secret", clientKey, "scope", "users:write"), failure{400, invalidScope}},
		"unreadable Basic":          {basic("Basic %%%"), failure{401, invalidClient}},
		"another scheme":            {basic("Digest x"), failure{401, invalidClient}},
		"a refresh token of nobody": {s.refresh(newRefreshToken(events.NewID()).String()), failure{400, invalidGrant}},
		"a refresh token of air":    {s.refresh("x"), failure{400, invalidGrant}},
	} {
		if got := failed(c.got); got != c.want {
			t.Errorf("%s: %v, want %v (%s)", name, got, c.want, c.got.Body)
		}
		if c.got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: may be kept", name)
		}
		if c.want.Status == 401 && c.got.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: 401 without WWW-Authenticate", name)
		}
	}
	for _, e := range s.Sent() {
		if events.NounOf(e.Type) != "login" {
			t.Errorf("a refusal sent %s", e.Type)
		}
	}
	if a := basic("Basic aW1wb3J0ZXI6Y2FuYXJ5LWNsaWVudC1zZWNyZXQ="); a.Status != 200 {
		t.Errorf("HTTP Basic: %d %s", a.Status, a.Body)
	}
}

// Nobody learns from the work or the answer whether an address has an account.
func TestToken_AnUnknownAddressCostsTheSameWork(t *testing.T) {
	t.Parallel()
	s := setup(t)
	without := events.NewID()
	s.Do(events.CreateUser.New(without, events.NewUser{Email: events.NewPersonal("new@example.com"), Name: events.NewPersonal("N"), Roles: []events.Role{events.ViewerRole}}))
	disabled := events.NewID()
	s.Do(events.CreateUser.New(disabled, events.NewUser{Email: events.NewPersonal("off@example.com"), Name: events.NewPersonal("N"), Roles: []events.Role{events.ViewerRole}, PasswordHash: events.NewPersonal(cheapHash(t, secret))}))
	off := events.UserFields{Email: events.NewPersonal("off@example.com"), Name: events.NewPersonal("N"), Roles: []events.Role{events.ViewerRole}, Status: events.AccountDisabled}
	s.Do(events.UpdateUser.New(disabled, events.Change[events.UserFields]{ExpectedVersion: 1, Fields: off}).AskedBy(events.Principal{Type: events.Staff, ID: s.boss}))

	want := s.password("backoffice", bossEmail, wrong)
	for name, attempt := range map[string][2]string{
		"unknown": {"nobody@example.com", wrong}, "without a password": {"new@example.com", wrong},
		"disabled": {"off@example.com", wrong}, "disabled with the right one": {"off@example.com", secret},
	} {
		before := s.hashes()
		got := s.password("backoffice", attempt[0], attempt[1])
		if n := s.hashes() - before; n != 1 {
			t.Errorf("%s: %v hashes", name, n)
		}
		got.Header.Set("Traceparent", want.Header.Get("Traceparent"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRefresh_ReuseEndsTheFamily(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.tokens(s.password("storefront", buyerEmail, secret))
	second := s.tokens(s.refresh(first.RefreshToken))
	if who, err := s.verify(second.AccessToken); err != nil || who.ID != s.buyer || second.RefreshToken == first.RefreshToken {
		t.Fatalf("%v %v", who, err)
	}
	if got := failed(s.post("/oauth/token", "grant_type", "refresh_token", "client_id", "backoffice", "refresh_token", second.RefreshToken)); got != (failure{400, invalidGrant}) {
		t.Errorf("another client: %v", got)
	}
	if got := failed(s.refresh(first.RefreshToken)); got != (failure{400, invalidGrant}) {
		t.Errorf("reuse: %v", got)
	}
	if got := failed(s.refresh(second.RefreshToken)); got != (failure{400, invalidGrant}) {
		t.Errorf("the family lives on: %v", got)
	}
}

func TestRefresh_OfFiftyAtOnceOneWins(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.tokens(s.password("storefront", buyerEmail, secret))
	statuses := make([]int, 50)
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() { statuses[i] = s.refresh(first.RefreshToken).Status })
	}
	all.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if diff := cmp.Diff(map[int]int{200: 1, 400: 49}, count); diff != "" {
		t.Error(diff)
	}
}

func TestRevoke_AlwaysAnswers200(t *testing.T) {
	t.Parallel()
	s := setup(t)
	tokens := s.tokens(s.password("storefront", buyerEmail, secret))
	for _, token := range []string{"x", newRefreshToken(events.NewID()).String(), tokens.AccessToken, tokens.RefreshToken, tokens.RefreshToken} {
		if a := s.post("/oauth/revoke", "token", token); a.Status != 200 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	if got := failed(s.refresh(tokens.RefreshToken)); got != (failure{400, invalidGrant}) {
		t.Errorf("revoked: %v", got)
	}
}

func TestIntrospect_TellsProgramsOnly(t *testing.T) {
	t.Parallel()
	s := setup(t)
	tokens := s.tokens(s.password("storefront", buyerEmail, secret))
	next := s.tokens(s.refresh(tokens.RefreshToken))
	ask := func(token string) (i Introspection) {
		t.Helper()
		a := s.post("/oauth/introspect", "token", token, "client_id", "importer", "client_secret", clientKey)
		if a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		a.JSON(t, &i)
		return i
	}
	if got := failed(s.post("/oauth/introspect", "token", tokens.AccessToken)); got != (failure{401, invalidClient}) {
		t.Errorf("without a client: %v", got)
	}
	if got := failed(s.post("/oauth/introspect", "token", tokens.AccessToken, "client_id", "storefront", "client_secret", "x")); got != (failure{401, invalidClient}) {
		t.Errorf("a client without a secret: %v", got)
	}
	access := ask(next.AccessToken)
	if !access.Active || access.Subject != s.buyer || access.Scope != "shop" || access.ClientID != "storefront" || access.ExpiresAt-access.IssuedAt != 600 {
		t.Errorf("access token: %+v", access)
	}
	if refresh := ask(next.RefreshToken); !refresh.Active || refresh.TokenType != "refresh_token" || refresh.Subject != s.buyer {
		t.Errorf("refresh token: %+v", refresh)
	}
	for name, token := range map[string]string{"nonsense": "x", "an earlier one": tokens.RefreshToken, "an invented one": newRefreshToken(events.NewID()).String(), "an altered one": next.AccessToken[:len(next.AccessToken)-4] + "AAAA"} {
		if diff := cmp.Diff(Introspection{}, ask(token)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNothingSecretIsSentOrLogged(t *testing.T) {
	t.Parallel()
	s := setup(t)
	tokens := s.tokens(s.password("storefront", buyerEmail, secret))
	s.password("storefront", buyerEmail, wrong)
	s.refresh(tokens.RefreshToken)
	s.refresh(tokens.RefreshToken)
	all := s.Log.String()
	for _, e := range s.Sent() {
		all += string(e.Data)
	}
	for _, canary := range []string{secret, wrong, clientKey, strings.ToLower(buyerEmail), buyerEmail, "argon2id", tokens.AccessToken, tokens.RefreshToken, strings.Split(tokens.RefreshToken, ".")[1]} {
		if strings.Contains(all, canary) {
			t.Errorf("%q is in the log or a command", canary)
		}
	}
}

// scopeOf is permissions as a token's scope. Source: RFC 6749, section 3.3.
func scopeOf(permissions []events.Permission) string {
	var all []string
	for _, p := range permissions {
		all = append(all, string(p))
	}
	return strings.Join(all, " ")
}
