package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

// refreshToken is "session.secret": which session it is of, and 256 random bits. Only its hash is ever sent or stored.
type refreshToken struct {
	session string
	secret  string
}

const secretBytes = 32

func newRefreshToken(session string) refreshToken {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails: crypto/rand aborts the program instead
	return refreshToken{session: session, secret: base64.RawURLEncoding.EncodeToString(secret)}
}

func parseRefreshToken(text string) (refreshToken, bool) {
	session, secret, ok := strings.Cut(text, ".")
	if !ok || len(session) != 36 || uuid.Validate(session) != nil {
		return refreshToken{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	return refreshToken{session: session, secret: secret}, err == nil && len(raw) == secretBytes
}

// String is what the client keeps.
func (t refreshToken) String() string { return t.session + "." + t.secret }

func (t refreshToken) hash() string {
	sum := sha256.Sum256([]byte(t.String()))
	return hex.EncodeToString(sum[:])
}
