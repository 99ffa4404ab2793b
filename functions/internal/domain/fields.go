package domain

import (
	"fmt"

	"github.com/onlinemart/mart/events"
)

// faults collects everything wrong with a request, so that its sender hears all at once.
type faults []events.FieldError

func (f *faults) add(location, format string, args ...any) {
	*f = append(*f, events.FieldError{Location: location, Message: fmt.Sprintf(format, args...)})
}

func (f faults) problem() error {
	if len(f) == 0 {
		return nil
	}
	return events.Invalid(f...)
}
