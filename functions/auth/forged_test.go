package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
)

type object = map[string]any

// forge writes a token by hand. signer gets what is signed.
func forge(header, claims object, signer func(input string) []byte) string {
	part := func(v object) string {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	input := part(header) + "." + part(claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(signer(input))
}

func with(base object, changes ...any) object {
	out := object{}
	for k, v := range base {
		out[k] = v
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == nil {
			delete(out, changes[i].(string))
		} else {
			out[changes[i].(string)] = changes[i+1]
		}
	}
	return out
}

func TestVerifier_RefusesForgedTokens(t *testing.T) {
	t.Parallel()
	ring, err := parseKeys(GenerateKey() + "," + GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(ring.published())
	}))
	defer served.Close()
	verifier := web.NewRemoteVerifier(web.TokenSettings{Issuer: issuer, AuthURL: served.URL})

	public := ring.verified[ring.signing.id]
	ours := func(input string) []byte { return ed25519.Sign(ring.signing.private, []byte(input)) }
	_, foreign, _ := ed25519.GenerateKey(rand.Reader)
	theirs := func(input string) []byte { return ed25519.Sign(foreign, []byte(input)) }
	mac := func(key []byte) func(string) []byte {
		return func(input string) []byte { h := hmac.New(sha256.New, key); h.Write([]byte(input)); return h.Sum(nil) }
	}
	nothing := func(string) []byte { return nil }
	jwks, err := json.Marshal(ring.published())
	if err != nil {
		t.Fatal(err)
	}
	x := base64.RawURLEncoding.EncodeToString(public)
	now := time.Now().Unix()
	h := object{"alg": "EdDSA", "typ": "at+jwt", "kid": ring.signing.id}
	c := object{"iss": issuer, "aud": "backoffice", "sub": events.NewID(), "client_id": "backoffice", "iat": now, "exp": now + 600, "jti": "1", "scope": "users:write"}
	good := forge(h, c, ours)
	if _, err := verifier.Verify(t.Context(), good); err != nil {
		t.Fatalf("a good token is refused: %v", err)
	}
	parts := strings.Split(good, ".")
	forged := map[string]string{
		"alg none":                        forge(with(h, "alg", "none"), c, nothing),
		"alg None":                        forge(with(h, "alg", "None"), c, nothing),
		"alg nOnE with our signature":     forge(with(h, "alg", "nOnE"), c, ours),
		"alg empty":                       forge(with(h, "alg", ""), c, ours),
		"alg missing":                     forge(with(h, "alg", nil), c, ours),
		"alg a number":                    forge(with(h, "alg", 1), c, ours),
		"HS256 with the public key":       forge(with(h, "alg", "HS256"), c, mac(public)),
		"HS256 with the key's x":          forge(with(h, "alg", "HS256"), c, mac([]byte(x))),
		"HS256 with the key set":          forge(with(h, "alg", "HS256"), c, mac(jwks)),
		"HS256 with nothing":              forge(with(h, "alg", "HS256"), c, mac(nil)),
		"HS512":                           forge(with(h, "alg", "HS512"), c, mac(public)),
		"RS256":                           forge(with(h, "alg", "RS256"), c, rsaSigner(t)),
		"ES256":                           forge(with(h, "alg", "ES256"), c, ecSigner(t)),
		"lower-case eddsa":                forge(with(h, "alg", "eddsa"), c, ours),
		"EdDSA says alg, signed as HMAC":  forge(h, c, mac(public)),
		"another key":                     forge(h, c, theirs),
		"another key in the header (jwk)": forge(with(h, "jwk", object{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(foreign.Public().(ed25519.PublicKey))}), c, theirs),
		"another key by address (jku)":    forge(with(h, "jku", served.URL), c, theirs),
		"another key by address (x5u)":    forge(with(h, "x5u", served.URL), c, theirs),
		"unknown kid":                     forge(with(h, "kid", "unknown"), c, ours),
		"kid of another published key":    forge(with(h, "kid", ring.order[1]), c, ours),
		"kid a path":                      forge(with(h, "kid", "../../dev/null"), c, mac(nil)),
		"kid SQL":                         forge(with(h, "kid", "' or 1=1 --"), c, theirs),
		"kid empty":                       forge(with(h, "kid", ""), c, theirs),
		"kid missing":                     forge(with(h, "kid", nil), c, ours),
		"kid a list":                      forge(with(h, "kid", []string{ring.signing.id}), c, ours),
		"typ JWT":                         forge(with(h, "typ", "JWT"), c, ours),
		"typ missing":                     forge(with(h, "typ", nil), c, ours),
		"crit unknown":                    forge(with(h, "crit", []string{"urn:example:must-know"}, "urn:example:must-know", true), c, ours),
		"crit of a known extension":       forge(with(h, "crit", []string{"b64"}, "b64", true), c, ours),
		"crit empty":                      forge(with(h, "crit", []string{}), c, ours),
		"crit a text":                     forge(with(h, "crit", "exp"), c, ours),
		"another issuer":                  forge(h, with(c, "iss", "https://evil.example"), ours),
		"issuer with a slash":             forge(h, with(c, "iss", issuer+"/"), ours),
		"no issuer":                       forge(h, with(c, "iss", nil), ours),
		"another audience":                forge(h, with(c, "aud", "elsewhere"), ours),
		"two audiences":                   forge(h, with(c, "aud", []string{"storefront", "backoffice"}), ours),
		"the same audience twice":         forge(h, with(c, "aud", []string{"backoffice", "backoffice"}), ours),
		"no audience":                     forge(h, with(c, "aud", nil), ours),
		"empty audience":                  forge(h, with(c, "aud", []string{}), ours),
		"audience of another case":        forge(h, with(c, "aud", "BackOffice"), ours),
		"nobody":                          forge(h, with(c, "sub", nil), ours),
		"subject a number":                forge(h, with(c, "sub", 1), ours),
		"expired":                         forge(h, with(c, "exp", now-1, "iat", now-600), ours),
		"without end":                     forge(h, with(c, "exp", nil), ours),
		"end a text":                      forge(h, with(c, "exp", "tomorrow"), ours),
		"from the future":                 forge(h, with(c, "iat", now+300), ours),
		"not yet":                         forge(h, with(c, "nbf", now+300), ours),
		"other claims, old signature":     strings.Split(forge(h, with(c, "scope", "shop"), theirs), ".")[0] + "." + strings.Split(forge(h, with(c, "sub", "x"), theirs), ".")[1] + "." + parts[2],
		"no signature":                    parts[0] + "." + parts[1] + ".",
		"two parts":                       parts[0] + "." + parts[1],
		"four parts":                      good + ".x",
		"half a signature":                good[:len(good)-44],
		"nothing":                         "",
		"dots":                            "..",
		"JSON serialization":              `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"an encrypted one's shape":        good + "." + parts[1] + "." + parts[2],
	}
	if len(forged) < 40 {
		t.Fatalf("only %d forgeries", len(forged))
	}
	for name, token := range forged {
		if who, err := verifier.Verify(t.Context(), token); err == nil {
			t.Errorf("%s: accepted as %v", name, who)
		}
	}
}

func rsaSigner(t testing.TB) func(string) []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		signed, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
}

func ecSigner(t testing.TB) func(string) []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out
	}
}

func TestVerifier_IsUnavailableWithoutKeys(t *testing.T) {
	t.Parallel()
	ring, err := parseKeys(GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{Config: Config{Issuer: issuer, AccessLife: time.Minute}, keys: ring}
	tokens, err := a.sign(web.StorefrontAudience, "x", "storefront", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	gone := web.NewRemoteVerifier(web.TokenSettings{Issuer: issuer, AuthURL: "http://127.0.0.1:1"})
	if _, err := gone.Verify(context.Background(), tokens.AccessToken); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestKeys_OverlapWhileTheyRotate(t *testing.T) {
	t.Parallel()
	older, newer := GenerateKey(), GenerateKey()
	var tokens []string
	for _, setting := range []string{older, older + "," + newer, newer + "," + older, newer} {
		ring, err := parseKeys(setting)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := (&authority{Config: Config{Issuer: issuer, AccessLife: time.Minute}, keys: ring}).sign(web.StorefrontAudience, "x", "storefront", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, signed.AccessToken)
	}
	both, err := parseKeys(newer + "," + older)
	if err != nil {
		t.Fatal(err)
	}
	for i, token := range tokens {
		if _, err := verifierOf(both).Verify(t.Context(), token); err != nil {
			t.Errorf("token of step %d: %v", i, err)
		}
	}
	last, err := parseKeys(newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifierOf(last).Verify(t.Context(), tokens[0]); err == nil {
		t.Error("the old key is gone and its token is still accepted")
	}
}

func TestSettings_SayWhatIsWrongAndNoSecret(t *testing.T) {
	t.Parallel()
	key := GenerateKey()
	_, seed, _ := strings.Cut(key, ":")
	hash := cheapHash(t, clientKey)
	s := functiontest.StartDB(t)
	for name, changed := range map[string][2]string{
		"no keys":         {"TOKEN_KEYS", ""},
		"half a key":      {"TOKEN_KEYS", "k:" + seed[:20]},
		"a key twice":     {"TOKEN_KEYS", "k:" + seed + ",k:" + seed},
		"no kid":          {"TOKEN_KEYS", seed},
		"weak hashes":     {"PASSWORD_MEMORY_KIB", "64"},
		"no hashing":      {"PASSWORD_ITERATIONS", "0"},
		"endless tokens":  {"ACCESS_TOKEN_LIFE", "240h"},
		"short refresh":   {"REFRESH_TOKEN_LIFE", "1m"},
		"no tries":        {"LOGIN_PER_ADDRESS", "0"},
		"no links":        {"PASSWORD_RESET_PER_ADDRESS", "0"},
		"a long pause":    {"LOGIN_LATE_PAUSE", "6s"},
		"no wait":         {"SESSION_WAIT", "0s"},
		"a long wait":     {"SESSION_WAIT", "26s"},
		"half a client":   {"OAUTH_CLIENTS", "importer:" + hash},
		"plain secret":    {"OAUTH_CLIENTS", "importer:" + clientKey + ":catalog:write"},
		"unknown scope":   {"OAUTH_CLIENTS", "importer:" + hash + ":everything"},
		"shopping client": {"OAUTH_CLIENTS", "importer:" + hash + ":shop"},
		"a door's name":   {"OAUTH_CLIENTS", "backoffice:" + hash + ":catalog:write"},
	} {
		env := map[string]string{"TOKEN_KEYS": key, "PASSWORD_MEMORY_KIB": "7168", changed[0]: changed[1]}
		_, err := build(t.Context(), s.Runtime(events.Auth, env))
		if err == nil || !strings.Contains(err.Error(), changed[0]) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, canary := range []string{seed, seed[:20], hash, clientKey} {
			if strings.Contains(err.Error(), canary) {
				t.Errorf("%s: the error tells a secret: %v", name, err)
			}
		}
	}
}

func TestWellKnown(t *testing.T) {
	t.Parallel()
	s := setup(t)
	a := functiontest.Call(s.api, http.MethodGet, "/.well-known/jwks.json", "")
	keys, err := web.ParseKeys([]byte(a.Body))
	if err != nil || len(keys) != 1 || strings.Contains(a.Body, `"d"`) {
		t.Errorf("%s %v", a.Body, err)
	}
	var m Metadata
	functiontest.Call(s.api, http.MethodGet, "/.well-known/oauth-authorization-server", "").JSON(t, &m)
	if m.Issuer != issuer || m.TokenEndpoint != issuer+"/oauth/token" || len(m.Grants) != 3 || m.Responses == nil {
		t.Errorf("%+v", m)
	}
}
