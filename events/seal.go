package events

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"
)

// ErrUnsealed is the refusal of a message that nobody of ours has sealed, that was altered since, or that its sender may
// not emit. It is answered 401 and counted.
var ErrUnsealed = errors.New("not sealed by a function that may emit it")

// sealOf is keyid.base64url(HMAC-SHA256) over everything about the message but its trace context.
func (k *Keys) sealOf(id string, e *Envelope) (string, bool) {
	key, ok := k.seal.keys[id]
	if !ok {
		return "", false
	}
	data := sha256.Sum256(e.Data)
	mac := hmac.New(sha256.New, key)
	for _, field := range []string{
		e.Source, e.ID, e.Type, e.Subject, e.Time.UTC().Format(time.RFC3339Nano),
		e.Correlation, e.Causation, string(e.By.Type), e.By.ID, e.Fingerprint, string(data[:]),
	} {
		writeField(mac, field)
	}
	return id + "." + base64url.EncodeToString(mac.Sum(nil)), true
}

func writeField(h hash.Hash, field string) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(field)))
	h.Write(n[:])
	h.Write([]byte(field))
}

// SealEnvelope signs e with the current key.
func (k *Keys) SealEnvelope(e *Envelope) { e.Seal, _ = k.sealOf(k.seal.current, e) }

// Verify checks the seal, and that the sender may emit this type. Error: ErrUnsealed with the reason.
func (k *Keys) Verify(e *Envelope, d Details) error {
	if err := k.verifySeal(e); err != nil {
		return err
	}
	if !d.emits(e.From()) || e.Source != e.From().Source() {
		return fmt.Errorf("%w: %s may not emit %s", ErrUnsealed, e.Source, d)
	}
	return nil
}

func (k *Keys) verifySeal(e *Envelope) error {
	if e.Seal == "" {
		return fmt.Errorf("%w: it carries no seal", ErrUnsealed)
	}
	id, _, _ := strings.Cut(e.Seal, ".")
	want, known := k.sealOf(id, e)
	if !known {
		return fmt.Errorf("%w: seal key %q is not in the ring", ErrUnsealed, id)
	}
	if !hmac.Equal([]byte(want), []byte(e.Seal)) {
		return fmt.Errorf("%w: the seal does not fit the message", ErrUnsealed)
	}
	return nil
}
