package web

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
)

// noteUnread notes what is in a body that an operation does not read: whoever has sent it would believe that it was heard. No body is as good as an
// empty object. register refuses the request for it, with what else is wrong.
func (a *API) noteUnread(c huma.Context, next func(huma.Context)) {
	r := requestFrom(c.Context())
	if c.Operation().RequestBody == nil {
		r.beside = append(r.beside, unread(r.body)...)
	}
	next(c)
}

func unread(body []byte) (faults []events.FieldError) {
	if body = bytes.TrimSpace(body); len(body) == 0 {
		return nil
	}
	var members map[string]json.RawMessage
	if body[0] != '{' || json.Unmarshal(body, &members) != nil {
		return []events.FieldError{{Location: "body", Message: "must be left out, or be {}: nothing is read from it"}}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if len(faults) == maxFaults {
			break
		}
		faults = append(faults, events.FieldError{Location: "body." + name, Message: "is not a member of this"})
	}
	return faults
}
