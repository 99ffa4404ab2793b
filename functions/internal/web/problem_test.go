package web

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestNewErrorSaysWhatToSend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status       int
		says         string
		code, detail string
	}{
		{http.StatusBadRequest, "validation failed", "malformed", "The body cannot be read as JSON; see errors."},
		{http.StatusBadRequest, "request body is required", "malformed", "This takes a JSON body; {} is the least."},
		{http.StatusBadRequest, "anything else", "malformed", "anything else"},
		{http.StatusUnprocessableEntity, "validation failed", "invalid", "The request is not valid; errors names every fault."},
	} {
		p := newError(t.Context(), c.status, c.says)
		if diff := cmp.Diff([]string{c.code, c.detail}, []string{p.Code, p.Detail}); diff != "" {
			t.Errorf("%d %s (-want +got):\n%s", c.status, c.says, diff)
		}
	}
}

// Limits are told in digits, however large.
func TestLimitsAreToldInDigits(t *testing.T) {
	t.Parallel()
	s := huma.SchemaFromType(huma.NewMapRegistry("#/", huma.DefaultSchemaNamer), typeFor[struct {
		N int64 `json:"n" minimum:"1" maximum:"1000000000000"`
	}]())
	var got []string
	for _, n := range []float64{0, 1e13} {
		result := huma.ValidateResult{}
		huma.Validate(huma.NewMapRegistry("#/", huma.DefaultSchemaNamer), s, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, map[string]any{"n": n}, &result)
		got = append(got, locate(result.Errors[0]).Message)
	}
	if d := cmp.Diff([]string{"must be at least 1", "must be at most 1000000000000"}, got); d != "" {
		t.Error(d)
	}
}

func TestEveryCursorIsTaken(t *testing.T) {
	t.Parallel()
	field, _ := typeFor[Paging]().FieldByName("Cursor")
	if got := field.Tag.Get("maxLength"); got != strconv.Itoa(events.MaxCursor) {
		t.Errorf("%s characters are taken, a cursor has up to %d", got, events.MaxCursor)
	}
}
