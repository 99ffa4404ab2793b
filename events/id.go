package events

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// NewID is a fresh UUIDv7, for aggregates and for messages whose repetition cannot be told.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// DeriveID is the UUID that always follows from the same parts (RFC 9562 version 8: SHA-256 of the length-prefixed parts).
func DeriveID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		writeField(h, p)
	}
	var id uuid.UUID
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// Fingerprint is a keyed digest of what was asked: it tells a repetition from another request under the same id, and gives
// nothing away about a password in the body. It has one part for each personal key, so that it outlives a rotation; compare by
// SameFingerprint.
func (k *Keys) Fingerprint(parts ...string) string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(k.personal.keys)) {
		all = append(all, digest(k.personal.keys[id], parts))
	}
	return strings.Join(all, ",")
}

// Digest is a digest of the parts that nobody without the current personal key can make.
func (k *Keys) Digest(parts ...string) string {
	return digest(k.personal.keys[k.personal.current], parts)
}

// Digests are all that Digest would have given, by each personal key of the ring.
func (k *Keys) Digests(parts ...string) (all []string) {
	for _, id := range slices.Sorted(maps.Keys(k.personal.keys)) {
		all = append(all, digest(k.personal.keys[id], parts))
	}
	return all
}

// Digested tells whether sum is a Digest of the parts, by whichever personal key.
func (k *Keys) Digested(sum string, parts ...string) bool {
	for _, key := range k.personal.keys {
		if hmac.Equal([]byte(sum), []byte(digest(key, parts))) {
			return true
		}
	}
	return false
}

func digest(key []byte, parts []string) string {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		writeField(mac, p)
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// SameFingerprint tells whether two fingerprints are of the same request: they agree under one key at least.
func SameFingerprint(a, b string) bool {
	if a == b {
		return true
	}
	of := strings.Split(b, ",")
	for part := range strings.SplitSeq(a, ",") {
		if part != "" && slices.Contains(of, part) {
			return true
		}
	}
	return false
}
