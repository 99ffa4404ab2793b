package auth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/boot"
)

const (
	secret     = "canary-password-1"
	wrong      = "canary-password-2"
	clientKey  = "canary-client-secret"
	issuer     = "https://mart.example"
	buyerEmail = "Canary.Buyer@example.com"
	bossEmail  = "canary.boss@example.com"
)

// theater is the auth function with a customer, an owner and a program.
type theater struct {
	*functiontest.DB
	t           testing.TB
	runtime     *boot.Runtime
	api         http.Handler
	buyer, boss string
	keys        string
	env         map[string]string
}

func cheapHash(t testing.TB, password string) string {
	t.Helper()
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 7168, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func setup(t testing.TB, settings ...string) *theater {
	t.Helper()
	s := &theater{DB: functiontest.StartDB(t), t: t, buyer: events.NewID(), boss: events.NewID(), keys: GenerateKey()}
	env := map[string]string{
		"TOKEN_KEYS": s.keys, "TOKEN_ISSUER": issuer, "PASSWORD_MEMORY_KIB": "7168", "PASSWORD_ITERATIONS": "1", "PASSWORD_WAIT": "20s", "LOGIN_LATE_PAUSE": "0s",
		"OAUTH_CLIENTS": "importer:" + cheapHash(t, clientKey) + ":catalog:write stock:read",
	}
	for i := 0; i+1 < len(settings); i += 2 {
		env[settings[i]] = settings[i+1]
	}
	s.env, s.runtime = env, s.Runtime(events.Auth, env)
	service, err := build(t.Context(), s.runtime)
	if err != nil {
		t.Fatal(err)
	}
	s.api = service.API
	hash := events.NewPersonal(cheapHash(t, secret))
	s.Do(events.RegisterCustomer.New(s.buyer, events.NewCustomer{Email: events.NewPersonal(buyerEmail), Name: events.NewPersonal("N"), PasswordHash: hash}))
	s.Do(events.CreateUser.New(s.boss, events.NewUser{Email: events.NewPersonal(bossEmail), Name: events.NewPersonal("N"), Roles: []events.Role{events.OwnerRole}, PasswordHash: hash}))
	return s
}

// post sends a form; parameters are names and values in turn.
func (s *theater) post(path string, parameters ...string) functiontest.Answer {
	form := url.Values{}
	for i := 0; i+1 < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	return functiontest.Call(s.api, http.MethodPost, path, form.Encode(), "Content-Type", formType)
}

func (s *theater) password(client, email, password string) functiontest.Answer {
	return s.post("/oauth/token", "grant_type", "password", "client_id", client, "username", email, "password", password)
}

func (s *theater) refresh(token string) functiontest.Answer {
	return s.post("/oauth/token", "grant_type", "refresh_token", "client_id", "storefront", "refresh_token", token)
}

// tokens reads a successful answer.
func (s *theater) tokens(a functiontest.Answer) (t Tokens) {
	s.t.Helper()
	if a.Status != http.StatusOK {
		s.t.Fatalf("%d %s", a.Status, a.Body)
	}
	a.JSON(s.t, &t)
	return t
}

// failure is the status and OAuth's code.
type failure struct {
	Status int
	Code   string
}

func failed(a functiontest.Answer) failure {
	var p Problem
	_ = json.Unmarshal([]byte(a.Body), &p) // what is no problem has no code
	return failure{a.Status, p.Code}
}

// hashes counts the passwords that were hashed so far.
func (s *theater) hashes() float64 {
	s.t.Helper()
	families, err := s.runtime.Metrics.(*prometheus.Registry).Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "mart_password_hashes_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	s.t.Fatal("nobody counts the hashes")
	return 0
}

func (s *theater) verify(token string) (events.Principal, error) {
	keys, err := parseKeys(s.keys)
	if err != nil {
		s.t.Fatal(err)
	}
	identity, err := verifierOf(keys).Verify(context.Background(), token)
	return identity.Principal, err
}
