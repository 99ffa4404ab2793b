package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// What the gateway adds to a read: compare through it with straight at the function.
func BenchmarkRead(b *testing.B) {
	function := httptest.NewServer(http.HandlerFunc(ok))
	defer function.Close()
	for name, at := range map[string]string{"straight": function.URL, "gateway": start(b, function.URL, map[string]string{"RATE_LIMIT": "0"})} {
		b.Run(name, func(b *testing.B) {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
			for b.Loop() {
				res, err := client.Get(at + "/products/1")
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, res.Body); err != nil {
					b.Fatal(err)
				}
				_ = res.Body.Close() // it has been read to its end
			}
		})
	}
}
