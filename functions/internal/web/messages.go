package web

import (
	"errors"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/onlinemart/mart/events"
)

// missing begins what is said of a member that should be there, before its name: locate puts the name where it belongs.
const missing = "is needed: "

// validationMessages are what huma says of a wrong value, as the rules of the domain say it: for people, who read no patterns. huma keeps its texts
// in package variables. Where a text has no use for a value, %.0s takes it in.
var validationMessages = map[*string]string{
	&validation.MsgExpectedRequiredProperty:          missing + "%s",
	&validation.MsgUnexpectedProperty:                "is not a member of this",
	&validation.MsgExpectedBoolean:                   "must be true or false",
	&validation.MsgExpectedNumber:                    "must be a number",
	&validation.MsgExpectedInteger:                   "must be a whole number",
	&validation.MsgExpectedString:                    "must be a text",
	&validation.MsgExpectedArray:                     "must be a list",
	&validation.MsgExpectedObject:                    "must be an object",
	&validation.MsgExpectedArrayItemsUnique:          "must not name anything twice",
	&validation.MsgExpectedOneOf:                     "must be one of %s",
	&validation.MsgExpectedMinimumNumber:             "must be at least %.15g",
	&validation.MsgExpectedMaximumNumber:             "must be at most %.15g",
	&validation.MsgExpectedMinLength:                 "must have at least %d characters",
	&validation.MsgExpectedMaxLength:                 "must have at most %d characters",
	&validation.MsgExpectedMinItems:                  "must have at least %d entries",
	&validation.MsgExpectedMaxItems:                  "must have at most %d entries",
	&validation.MsgExpectedBePattern:                 "must be %s",
	&validation.MsgExpectedMatchPattern:              "is not written as the documentation says%.0s",
	&validation.MsgExpectedRFC4122UUID:               wantUUID + "%.0v",
	&validation.MsgExpectedRFC3986URI:                "must be an address such as https://example.com/picture.jpg%.0v",
	&validation.MsgExpectedRFC3339DateTime:           "must be a time such as 2026-07-01T12:00:00Z",
	&validation.MsgExpectedMatchExactlyOneSchema:     "is none of what it may be",
	&validation.MsgExpectedMatchAtLeastOneSchema:     "is none of what it may be",
	&validation.MsgExpectedDependentRequiredProperty: "needs %s beside %s",
}

// parameterMessages are what huma says of a parameter, which it keeps to itself.
var parameterMessages = map[string]string{
	"required path parameter is missing": "is needed",
	"invalid integer":                    "must be a whole number",
	"invalid boolean":                    "must be true or false",
}

// singular says of one what validationMessages say of many.
var singular = strings.NewReplacer(" 1 characters", " 1 character", " 1 entries", " 1 entry")

// timeFault begins what huma says of a parameter that is no time; a layout of Go follows.
const timeFault = "invalid date/time for format "

func useValidationMessages() {
	huma.ErrorFormatter = func(said string, values ...any) string { return singular.Replace(fmt.Sprintf(said, values...)) }
	for message, said := range validationMessages {
		*message = said
	}
}

// ruleFault is a fault that a rule of the domain found, not the schema.
type ruleFault events.FieldError

// Fault is what a rule finds wrong with a member at a place.
func Fault(at *huma.PathBuffer, message string) error {
	return ruleFault{Location: at.String(), Message: message}
}

func (f ruleFault) Error() string { return f.Location + ": " + f.Message }

// ErrorDetail is the fault as huma wants it.
func (f ruleFault) ErrorDetail() *huma.ErrorDetail {
	return &huma.ErrorDetail{Location: f.Location, Message: f.Message}
}

// maxFaults is how many faults an answer has: more than anybody mends at once.
const maxFaults = 50

// faultsOf are the faults with their places, the first of very many. Of a value whose shape is wrong nothing more is said: a rule has seen
// it empty at best.
func faultsOf(errs []error) []events.FieldError {
	var all []events.FieldError
	for _, err := range errs {
		if len(all) == maxFaults {
			break
		}
		fault := locate(err)
		if _, rule := errors.AsType[ruleFault](err); rule && hasFaultAt(all, fault.Location) {
			continue
		}
		all = append(all, fault)
	}
	return all
}

func locate(err error) events.FieldError {
	d, ok := err.(huma.ErrorDetailer)
	if !ok {
		return events.FieldError{Message: err.Error()}
	}
	fault := events.FieldError{Location: d.ErrorDetail().Location, Message: d.ErrorDetail().Message}
	if said := parameterMessages[fault.Message]; said != "" {
		fault.Message = said
	}
	if strings.HasPrefix(fault.Message, timeFault) {
		fault.Message = validation.MsgExpectedRFC3339DateTime
	}
	if member, lacks := strings.CutPrefix(fault.Message, missing); lacks {
		fault.Location, fault.Message = strings.TrimPrefix(fault.Location+"."+member, "."), strings.TrimSuffix(missing, ": ")
	}
	return fault
}

// hasFaultAt tells whether a fault is known at this place, or of the whole that this is part of. A member in other letters counts: what
// reads JSON takes it for the same.
func hasFaultAt(known []events.FieldError, location string) bool {
	for _, f := range known {
		n := len(f.Location)
		if len(location) >= n && strings.EqualFold(location[:n], f.Location) && (len(location) == n || location[n] == '.' || location[n] == '[') {
			return true
		}
	}
	return false
}
