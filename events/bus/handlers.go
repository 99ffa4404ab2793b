package bus

import (
	"errors"
	"fmt"

	"github.com/onlinemart/mart/events"
)

// permanent tells an error that trying again cannot mend.
func permanent(err error) bool {
	_, problem := errors.AsType[*events.Problem](err)
	return problem || errors.Is(err, events.ErrPoison)
}

// tableOf indexes handlers by type. Error: a message handled twice, by the wrong function, or, unless partial, not at all.
func tableOf(self events.Function, handlers []events.Handler, partial bool) (map[string]events.Handler, error) {
	table := make(map[string]events.Handler, len(handlers))
	for _, h := range handlers {
		d := h.Message.Declaration()
		if _, twice := table[h.Message.Type()]; twice {
			return nil, fmt.Errorf("%s handles %s twice", self, d)
		}
		if !d.Receives(self) {
			return nil, fmt.Errorf("%s handles %s, which is not declared to be for it", self, d)
		}
		table[h.Message.Type()] = h
	}
	for _, d := range events.All() {
		details := d.Declaration()
		if details.Kind == events.Command || !details.Receives(self) {
			continue // commands are all handed to db's transaction
		}
		if _, handled := table[d.Type()]; !handled && !partial {
			return nil, fmt.Errorf("%s is declared to receive %s and has no handler for it: add a line to its table (functions/%s)", self, details, self)
		}
	}
	return table, nil
}
