package paymentgateway

import (
	"net/http"
	"strings"
	"testing"
)

// A page of another site, open in the browser of whoever runs the gateway, neither reads nor moves anything, be it by its own name or by
// one that it has made mean this machine.
func TestNoOtherSitesPageUsesTheSwitches(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Hosts = []string{"pay.example.com"} })
	ask := func(method, path, body string, header ...string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			if header[i] == "Host" {
				r.Host = header[i+1]
			}
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := b.do(r)
		if err != nil {
			t.Fatal(err)
		}
		return answer.status
	}
	challenged := b.pay("pm_card_authenticationRequired", "k").object.ID
	changes := map[string][2]string{
		"POST /test/clock": {`{"advance": "48h"}`}, "POST /test/faults": {`{"on": "any", "mode": "slow"}`}, "DELETE /test/faults": {}, "POST /3ds/" + challenged: {"outcome=complete"},
	}
	for call, body := range changes {
		method, path, _ := strings.Cut(call, " ")
		for _, from := range [][]string{{"Origin", "https://elsewhere.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}} {
			if status := ask(method, path, body[0], from...); status != http.StatusForbidden {
				t.Errorf("%s from %v: %d", call, from, status)
			}
		}
	}
	for host, want := range map[string]int{"evil.example": 421, "localhost.evil.example": 421, "localhost:12111": 200, "payment-provider:12111": 200, "pay.example.com": 200} {
		for _, path := range []string{"/test/ledger", "/test/faults"} {
			if status := ask(http.MethodGet, path, "", "Host", host); status != want {
				t.Errorf("%s at %s: %d, want %d", path, host, status, want)
			}
		}
	}
	if l := b.Ledger(); len(l.Movements) != 1 {
		t.Errorf("the ledger moved: %+v", l.Movements)
	}
	own := []string{"Origin", b.url, "Content-Type", "application/x-www-form-urlencoded"}
	if status := ask(http.MethodPost, "/3ds/"+challenged, "outcome=complete", own...); status >= http.StatusBadRequest {
		t.Errorf("the page itself: %d", status)
	}
	if status := ask(http.MethodPost, "/test/clock", `{"advance": "1h"}`, own[:2]...); status != http.StatusNoContent {
		t.Errorf("its own origin: %d", status)
	}
}
