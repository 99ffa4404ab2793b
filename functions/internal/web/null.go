package web

import (
	"bytes"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
)

// notNull is where the schema of a body names the members that may be absent from it, but not null. infra/contract reads it.
const notNull = "x-not-null"

// NotNull marks members of a body whose absence means all there is: the whole order, all of the money. It is for the method TransformSchema of
// the body's type. Anywhere else null is as good as absent; here a program that has lost a value and sends null would do far more than it was to.
func NotNull(s *huma.Schema, members ...string) *huma.Schema {
	s.Extensions = map[string]any{notNull: members}
	return s
}

// noteNulls notes the members of a body that are null and must not be. register refuses the request for them, with what else is wrong.
func (a *API) noteNulls(c huma.Context, next func(huma.Context)) {
	r := requestFrom(c.Context())
	var body map[string]json.RawMessage
	if never := a.neverNull(c.Operation()); len(never) > 0 && json.Unmarshal(r.body, &body) == nil {
		for _, name := range never {
			if value, there := body[name]; there && bytes.Equal(bytes.TrimSpace(value), []byte("null")) {
				r.beside = append(r.beside, events.FieldError{Location: "body." + name, Message: "must not be null: leave it out when you mean all there is, or say what you mean"})
			}
		}
	}
	next(c)
}

// neverNull are the members of an operation's body that NotNull has marked.
func (a *API) neverNull(o *huma.Operation) []string {
	if o.RequestBody == nil || o.RequestBody.Content["application/json"] == nil {
		return nil
	}
	s := o.RequestBody.Content["application/json"].Schema
	if s != nil && s.Ref != "" {
		s = a.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	if s == nil {
		return nil
	}
	members, _ := s.Extensions[notNull].([]string)
	return members
}
