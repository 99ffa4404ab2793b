package bus

import (
	"testing"

	"github.com/onlinemart/mart/events"
)

func TestFailedAt(t *testing.T) {
	t.Parallel()
	several := []events.Function{events.Payment, events.Notification}
	for name, c := range map[string]struct {
		receiver, address string
		readers           []events.Function
		want              events.Function
	}{
		"its source says it":            {"notification", "http://127.0.0.1:4711", several, events.Notification},
		"over what the address says":    {"notification", "http://payment:8080", several, events.Notification},
		"the address says it":           {"", "http://payment.mart.svc.cluster.local", several, events.Payment},
		"in compose":                    {"", "http://inventory:8080", several, events.Inventory},
		"the function has buried it":    {"", "/mart/payment", several, events.Payment},
		"its type is for one":           {"", "http://127.0.0.1:4711", several[:1], events.Payment},
		"nobody knows":                  {"", "http://127.0.0.1:4711", several, ""},
		"no function of ours":           {"evil", "http://evil.example", several, ""},
		"not readable as an address":    {"", "http://a b:%zz", several, ""},
		"nor is this, but its source":   {"payment", "http://a b:%zz", several, events.Payment},
		"nothing arrives for it":        {"brand", "http://127.0.0.1:4711", several, ""},
		"a receiver, and no address":    {"order", "", several, events.Order},
		"an address that begins as one": {"", "http://payments.example", several, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := failedAt(c.receiver, c.address, c.readers); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
