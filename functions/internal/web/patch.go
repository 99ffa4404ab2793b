package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
)

// Patch is a JSON Merge Patch of a T: what is absent stays, null removes. Source: RFC 7396.
type Patch[T any] struct {
	changes map[string]json.RawMessage
}

// UnmarshalJSON reads the patch.
func (p *Patch[T]) UnmarshalJSON(raw []byte) error { return json.Unmarshal(raw, &p.changes) }

// MarshalJSON writes the patch.
func (p Patch[T]) MarshalJSON() ([]byte, error) { return json.Marshal(p.changes) }

// Schema is T's, with every member optional, and null for those that a T may be without.
func (p Patch[T]) Schema(r huma.Registry) *huma.Schema {
	full := huma.SchemaFromType(r, typeFor[T]())
	s := *full
	s.Required = nil
	s.Properties = make(map[string]*huma.Schema, len(full.Properties))
	for name, property := range full.Properties {
		s.Properties[name] = partial(r, property, !slices.Contains(full.Required, name))
	}
	s.PrecomputeMessages()
	return &s
}

// partial is a member's schema in a patch: null removes the member where it may be absent, and of an object only some members need be
// there.
func partial(r huma.Registry, member *huma.Schema, removable bool) *huma.Schema {
	about := member.Description
	if member.Ref != "" {
		member = r.SchemaFromRef(member.Ref)
	}
	s := *member
	s.Description = cmp.Or(about, s.Description)
	s.Nullable, s.Required = removable, nil
	s.PrecomputeMessages()
	return &s
}

// Apply is current with the changes. The result is checked as a whole by the rules of the domain. Errors: 422, a member is of the wrong
// shape, or one is removed, at whatever depth, that is always there: its absence would be read as its zero value, a price of nothing.
func (p Patch[T]) Apply(current T) (T, error) {
	var patched T
	raw, err := json.Marshal(current)
	if err != nil {
		return patched, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return patched, err
	}
	for _, name := range slices.Sorted(maps.Keys(p.changes)) {
		members[name] = merge(members[name], p.changes[name])
		if members[name] == nil {
			delete(members, name)
		}
	}
	if raw, err = json.Marshal(members); err != nil {
		return patched, err
	}
	if err := patchFault(readJSON(raw, &patched)); err != nil {
		return patched, err
	}
	whole, err := json.Marshal(patched)
	if err != nil {
		return patched, err
	}
	if faults := missingMembers("body", raw, whole); faults != nil {
		return patched, events.Invalid(faults...)
	}
	return patched, nil
}

// missingMembers are those that whole has and raw does not. whole is raw as its type writes it: with every member that must be there.
func missingMembers(at string, raw, whole json.RawMessage) (faults []events.FieldError) {
	var has, must map[string]json.RawMessage
	if json.Unmarshal(whole, &must) != nil || json.Unmarshal(raw, &has) != nil {
		return nil // no objects
	}
	for _, name := range slices.Sorted(maps.Keys(must)) {
		if _, there := has[name]; !there {
			faults = append(faults, events.FieldError{Location: at + "." + name, Message: "is needed: null cannot remove it"})
			continue
		}
		faults = append(faults, missingMembers(at+"."+name, has[name], must[name])...)
	}
	return faults
}

// merge applies one value of a patch: objects member by member, anything else as a whole; nil removes.
func merge(target, patch json.RawMessage) json.RawMessage {
	if bytes.Equal(bytes.TrimSpace(patch), []byte("null")) {
		return nil
	}
	var changes map[string]json.RawMessage
	if json.Unmarshal(patch, &changes) != nil {
		return patch // not an object
	}
	members := map[string]json.RawMessage{}
	if json.Unmarshal(target, &members) != nil || members == nil {
		members = map[string]json.RawMessage{}
	}
	for name, change := range changes {
		if members[name] = merge(members[name], change); members[name] == nil {
			delete(members, name)
		}
	}
	merged, err := json.Marshal(members)
	if err != nil {
		return patch // cannot be: both came out of JSON
	}
	return merged
}

func patchFault(err error) error {
	if wrong, ok := errors.AsType[typeMismatch](err); ok {
		return events.Invalid(events.FieldError{Location: "body." + wrong.field, Message: wrong.message()})
	}
	if err != nil {
		return &events.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "The patch does not fit the resource."}
	}
	return nil
}
