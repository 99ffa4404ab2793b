// Package resettoken makes the token that resets a forgotten password: the id of the reset, and a digest of it that only those can make who have
// the personal keys. So whoever asks db for a reset and whoever writes the mail make the same one, and it is sent to nobody but the reader
// of the mail: no topic, no table, no journal, no dead letter and no log holds it, not even encrypted. db stores its hash.
package resettoken

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
)

// purpose keeps this digest apart from all others that are made with the keys.
const purpose = "password reset"

// New is the token of a reset by the current key.
func New(k *events.Keys, reset string) string { return of(reset, k.Digest(purpose, reset)) }

func of(reset, digest string) string { return reset + "." + digest }

// Again is the token of a reset that has that hash, by whichever key of the ring it was made. It reports false when that key is gone.
func Again(k *events.Keys, reset, hash string) (token string, ok bool) {
	for _, digest := range k.Digests(purpose, reset) {
		if token = of(reset, digest); Is(token, hash) {
			return token, true
		}
	}
	return "", false
}

// Reset is the id of the reset that a text could be the token of.
func Reset(token string) (id string, ok bool) {
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
