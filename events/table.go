package events

import (
	"errors"
	"fmt"
)

// permanent tells an error that trying again cannot mend.
func permanent(err error) bool {
	_, problem := errors.AsType[*Problem](err)
	return problem || errors.Is(err, ErrPoison)
}

// tableOf indexes handlers by type. Error: a message handled twice, by the wrong function, or, unless partial, not at all.
func tableOf(self Function, handlers []Handler, partial bool) (map[string]Handler, error) {
	table := make(map[string]Handler, len(handlers))
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
	for _, d := range All() {
		details := d.Declaration()
		if details.Kind == Command || !details.Receives(self) {
			continue // commands are all handed to db's transaction
		}
		if _, handled := table[d.Type()]; !handled && !partial {
			return nil, fmt.Errorf("%s is declared to receive %s and has no handler for it: add a line to its table (functions/%s)", self, details, self)
		}
	}
	return table, nil
}
