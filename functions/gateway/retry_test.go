package gateway

import (
	"errors"
	"net"
	"net/http"
	"testing"
)

type tries struct {
	n   int
	err error
}

func (t *tries) RoundTrip(*http.Request) (*http.Response, error) {
	t.n++
	return nil, t.err
}

func TestOnlyReadsThatWereNotSentAreTriedAgain(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for name, c := range map[string]struct {
		method string
		err    error
		want   int
	}{
		"read, no connection":  {http.MethodGet, dial, 3},
		"read, connection cut": {http.MethodGet, &net.OpError{Op: "read", Err: errors.New("reset")}, 1},
		"write":                {http.MethodPost, dial, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next := &tries{err: c.err}
			req, err := http.NewRequestWithContext(t.Context(), c.method, "http://brand", nil)
			if err != nil {
				t.Fatal(err)
			}
			if res, err := (retryTransport{next}).RoundTrip(req); err == nil {
				_ = res.Body.Close()
				t.Error("no error")
			}
			if next.n != c.want {
				t.Errorf("tried %d times, want %d", next.n, c.want)
			}
		})
	}
}
