// Package mailtoken makes the tokens of links in mails: the id of what is stored of a link, and a digest of it that only those can make who have
// the personal keys. So whoever asks db for a link and whoever writes the mail make the same one, and it is sent to nobody but the reader
// of the mail: no topic, no table, no journal, no dead letter and no log holds it, not even encrypted. db stores its hash.
package mailtoken

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
)

// Purpose is what a token is good for. It keeps its digest apart from all others that are made with the keys: a token of one purpose is none of
// another.
type Purpose string

// The purposes of tokens.
const (
	PasswordReset     Purpose = "password reset"
	EmailVerification Purpose = "email verification"
)

// New is the token of a link by the current key.
func New(k *events.Keys, of Purpose, id string) string { return join(id, k.Digest(string(of), id)) }

func join(id, digest string) string { return id + "." + digest }

// Again is the token of a link that has that hash, by whichever key of the ring it was made. It reports false when that key is gone.
func Again(k *events.Keys, of Purpose, id, hash string) (token string, ok bool) {
	for _, digest := range k.Digests(string(of), id) {
		if token = join(id, digest); Is(token, hash) {
			return token, true
		}
	}
	return "", false
}

// ID is the id of the link that a text could be the token of.
func ID(token string) (id string, ok bool) {
	id, secret, ok := strings.Cut(token, ".")
	if !ok || secret == "" || len(id) != 36 || uuid.Validate(id) != nil {
		return "", false
	}
	return id, true
}

// Hash is what is stored of a token.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Is tells whether a token has that hash.
func Is(token, hash string) bool {
	return subtle.ConstantTimeCompare([]byte(Hash(token)), []byte(hash)) == 1
}
