package events

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// Sign is a signature of the fields by the current key: keyid.base64url(HMAC-SHA256).
func (k *Keys) Sign(fields ...string) string {
	return k.signing.current + "." + k.mac(k.signing.keys[k.signing.current], fields)
}

// CheckSignature tells whether Sign has made a signature of the fields, by whichever key of the ring. Error: why it is none.
func (k *Keys) CheckSignature(signature string, fields ...string) error {
	if signature == "" {
		return errors.New("it carries no seal")
	}
	id, mac, _ := strings.Cut(signature, ".")
	key, known := k.signing.keys[id]
	if !known {
		return fmt.Errorf("seal key %q is not in the ring", id)
	}
	if !hmac.Equal([]byte(k.mac(key, fields)), []byte(mac)) {
		return errors.New("the seal does not fit the message")
	}
	return nil
}

func (k *Keys) mac(key []byte, fields []string) string {
	mac := hmac.New(sha256.New, key)
	for _, field := range fields {
		writeField(mac, field)
	}
	return base64url.EncodeToString(mac.Sum(nil))
}

// writeField adds a field with its length, so that no two lists of fields read the same.
func writeField(h hash.Hash, field string) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(field)))
	h.Write(n[:])
	h.Write([]byte(field))
}
