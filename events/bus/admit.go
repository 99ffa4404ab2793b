package bus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/onlinemart/mart/events"
)

// errForOthers means that the event is of a topic that we read for other events on it: the release before had one topic for all of a noun.
var errForOthers = errors.New("is for others")

// queryLife is how old a query may be: a recorded one is worth nothing afterwards.
const queryLife = 5 * time.Minute

// read parses a request within the size limit. The status is for the answer when it fails.
func (r *Receiver) read(w http.ResponseWriter, req *http.Request) (e events.Envelope, status int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err, status = fmt.Errorf("not readable as a CloudEvent: %v", p), http.StatusBadRequest
		}
	}()
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, MaxBytes+64<<10)) // room for a structured event's attributes
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return e, http.StatusRequestEntityTooLarge, fmt.Errorf("larger than %d bytes", MaxBytes)
		}
		return e, http.StatusBadRequest, fmt.Errorf("read the body: %w", err)
	}
	c, err := binding.ToEvent(req.Context(), cehttp.NewMessage(req.Header, io.NopCloser(bytes.NewReader(body))))
	if err != nil {
		return e, http.StatusBadRequest, fmt.Errorf("not a CloudEvent: %w", err)
	}
	e, err = FromCloudEvent(c)
	if err != nil {
		return e, http.StatusBadRequest, err
	}
	if len(e.Data) > MaxBytes {
		return e, http.StatusRequestEntityTooLarge, fmt.Errorf("%d bytes of data, at most %d are allowed", len(e.Data), MaxBytes)
	}
	return e, 0, nil
}

// admit decides whether the message is ours and for us. Errors: ErrUnsigned, errForOthers, errUnknownType, or why it is poison.
func (r *Receiver) admit(e *events.Envelope) (events.Declared, error) {
	declared, known := events.ByType(e.Type)
	if !known {
		if err := verifySignature(r.Keys, e); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s %w than this function", e.Type, errUnknownType)
	}
	d := declared.Declaration()
	if err := Verify(r.Keys, e, d); err != nil {
		return nil, err
	}
	if !d.Receives(r.Self) {
		if d.Kind == events.Event {
			return nil, errForOthers
		}
		return nil, fmt.Errorf("%s is not for %s", d, r.Self)
	}
	if age := time.Since(e.Time); d.Kind == events.QueryKind && (age > queryLife || age < -queryLife) {
		return nil, fmt.Errorf("%w: a query of %s is too old or from the future", ErrUnsigned, e.Time.Format(time.RFC3339))
	}
	return declared, nil // the signature says that the data were checked against their schema where they were made; the handler decodes them
}
