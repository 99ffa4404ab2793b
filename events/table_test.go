package events

import "testing"

func TestTableOf(t *testing.T) {
	t.Parallel()
	paid := OrderPaid.Then(nil)
	for name, c := range map[string]struct {
		self     Function
		handlers []Handler
	}{
		"missing":     {Inventory, []Handler{paid}},
		"twice":       {Inventory, []Handler{paid, paid, OrderCancelled.Then(nil)}},
		"not for it":  {Brand, []Handler{paid}},
		"query to it": {Brand, []Handler{GetBrand.Answer(nil)}},
	} {
		if _, err := tableOf(c.self, c.handlers, false); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := tableOf(Brand, nil, false); err != nil {
		t.Errorf("brand reacts to nothing: %v", err)
	}
}
