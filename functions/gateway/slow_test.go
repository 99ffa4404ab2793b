package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Whoever begins a body and does not go on is told so while somebody can still write to them; whoever has sent all of it may be kept
// waiting for longer.
func TestASlowBodyIsAnsweredInTime(t *testing.T) {
	t.Parallel()
	const patience = 50 * time.Millisecond
	for name, c := range map[string]struct {
		body, want string
	}{
		"begun and no more": {"{", "408 too_slow"},
		"all of it":         {"{}", "200 {}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(limitSize(patience, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select { // longer than the body may take
				case <-r.Context().Done():
					t.Error("a function that works is taken for a client that has gone")
				case <-time.After(4 * patience):
				}
				_, _ = io.Copy(w, r.Body)
			})))
			t.Cleanup(server.Close)
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if _, err := fmt.Fprintf(conn, "POST /brands HTTP/1.1\r\nHost: mart\r\nContent-Length: 2\r\n\r\n%s", c.body); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatalf("the connection was closed without an answer: %v", err)
			}
			defer func() { _ = res.Body.Close() }()
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range strings.Fields(c.want) {
				if got := fmt.Sprint(res.StatusCode, " ", string(text)); !strings.Contains(got, part) {
					t.Errorf("got %s, want %s", got, c.want)
				}
			}
		})
	}
}
