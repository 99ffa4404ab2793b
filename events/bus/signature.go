package bus

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
)

// ErrUnsigned is the refusal of a message that nobody of ours has sealed, that was altered since, or that its sender may
// not emit. It is answered 401 and counted.
var ErrUnsigned = errors.New("not sealed by a function that may emit it")

// signed is what a signature covers: everything about the message but its trace context, and the log-in by which it was asked for: a db of the release before would
// take a signature over that for a forged one. Whoever leaves it out must be able to write to Kafka, and gains what an access token gave until then: its last minutes.
func signed(e *events.Envelope) []string {
	data := sha256.Sum256(e.Data)
	return []string{
		e.Source, e.ID, e.Type, e.Subject, e.Time.UTC().Format(time.RFC3339Nano),
		e.Correlation, e.Causation, string(e.By.Type), e.By.ID, e.Fingerprint, string(data[:]),
	}
}

// Sign signs e with the current key.
func Sign(k *events.Keys, e *events.Envelope) { e.Seal = k.Sign(signed(e)...) }

// Verify checks the signature, and that the sender may emit this type. Error: ErrUnsigned with the reason.
func Verify(k *events.Keys, e *events.Envelope, d events.Details) error {
	if err := verifySignature(k, e); err != nil {
		return err
	}
	if !d.Emits(e.From()) || e.Source != e.From().Source() {
		return fmt.Errorf("%w: %s may not emit %s", ErrUnsigned, e.Source, d)
	}
	return nil
}

func verifySignature(k *events.Keys, e *events.Envelope) error {
	if err := k.CheckSignature(e.Seal, signed(e)...); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	return nil
}
