package web

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
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
