package auth

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// keyring holds the keys of access tokens. The first one signs; all are published. To rotate: add the new key last and roll out,
// move it first and roll out, drop the old one when the last token it signed has expired.
type keyring struct {
	signing  key
	verified map[string]ed25519.PublicKey
	order    []string
}

type key struct {
	id      string
	private ed25519.PrivateKey
}

// GenerateKey makes a new key as TOKEN_KEYS has it: "kid:base64 seed". It is a secret.
func GenerateKey() string {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails: crypto/rand aborts the program instead
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:6]) + ":" + base64.StdEncoding.EncodeToString(seed)
}

// parseKeys reads TOKEN_KEYS. Its errors never hold a key.
func parseKeys(text string) (*keyring, error) {
	r := &keyring{verified: map[string]ed25519.PublicKey{}}
	for entry := range strings.SplitSeq(text, ",") {
		id, encoded, ok := strings.Cut(strings.TrimSpace(entry), ":")
		if !ok || id == "" || len(id) > 64 {
			return nil, errors.New(`TOKEN_KEYS: want "kid:base64,kid:base64", the signing key first`)
		}
		seed, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(seed) != ed25519.SeedSize {
			return nil, fmt.Errorf("TOKEN_KEYS: key %s: want %d bytes as base64 (openssl rand -base64 32)", id, ed25519.SeedSize)
		}
		if _, twice := r.verified[id]; twice {
			return nil, fmt.Errorf("TOKEN_KEYS: there are two keys %s", id)
		}
		private := ed25519.NewKeyFromSeed(seed)
		if r.signing.id == "" {
			r.signing = key{id, private}
		}
		r.verified[id] = private.Public().(ed25519.PublicKey)
		r.order = append(r.order, id)
	}
	return r, nil
}

// Key finds a verification key.
func (r *keyring) Key(_ context.Context, kid string) (ed25519.PublicKey, error) {
	if public, ok := r.verified[kid]; ok {
		return public, nil
	}
	return nil, errors.New("no key of this name is published")
}

// KeySet is a JWK set. Source: RFC 7517, RFC 8037.
type KeySet struct {
	Keys []JWK `json:"keys" nullable:"false" doc:"All that tokens may be signed with now, and those that signed tokens which still live."`
}

// JWK is one published key.
type JWK struct {
	Type      string `json:"kty" doc:"The kind of key: OKP." example:"OKP"`
	Curve     string `json:"crv" doc:"The curve: Ed25519." example:"Ed25519"`
	X         string `json:"x" doc:"The public key, base64url." example:"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	ID        string `json:"kid" doc:"What a token's header names it by." example:"2026-03"`
	Use       string `json:"use" doc:"What it is for: sig." example:"sig"`
	Algorithm string `json:"alg" doc:"The algorithm: EdDSA." example:"EdDSA"`
}

func (r *keyring) published() KeySet {
	set := KeySet{Keys: make([]JWK, len(r.order))}
	for i, id := range r.order {
		set.Keys[i] = JWK{Type: "OKP", Curve: "Ed25519", X: base64.RawURLEncoding.EncodeToString(r.verified[id]), ID: id, Use: "sig", Algorithm: "EdDSA"}
	}
	return set
}
