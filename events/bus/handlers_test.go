package bus

import (
	"testing"

	"github.com/onlinemart/mart/events"
)

func TestTableOf(t *testing.T) {
	t.Parallel()
	paid := events.OrderPaid.Then(nil)
	for name, c := range map[string]struct {
		self     events.Function
		handlers []events.Handler
	}{
		"missing":     {events.Inventory, []events.Handler{paid}},
		"twice":       {events.Inventory, []events.Handler{paid, paid, events.OrderCancelled.Then(nil)}},
		"not for it":  {events.Brand, []events.Handler{paid}},
		"query to it": {events.Brand, []events.Handler{events.GetBrand.Answer(nil)}},
	} {
		if _, err := tableOf(c.self, c.handlers, false); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := tableOf(events.Brand, nil, false); err != nil {
		t.Errorf("brand reacts to nothing: %v", err)
	}
}
