package web

import (
	"cmp"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
)

// LimitsOf gives the members of a body's schema the limits that the declaration T has for members of the same name: how long, how many,
// between which numbers, of which pattern. A limit is written there alone; what the body itself says comes first. It is for the method
// TransformSchema of the body's type.
func LimitsOf[T any](s *huma.Schema) *huma.Schema {
	registry := huma.NewMapRegistry("", huma.DefaultSchemaNamer)
	for _, encrypted := range []reflect.Type{typeFor[events.Personal](), typeFor[events.Words]()} {
		registry.RegisterTypeAlias(encrypted, typeFor[string]()) // in a request they are in clear
	}
	for name, declared := range huma.SchemaFromType(registry, typeFor[T]()).Properties {
		if member := s.Properties[name]; member != nil {
			limit(member, declared)
		}
	}
	return s
}

func limit(member, declared *huma.Schema) {
	member.MinLength, member.MaxLength = cmp.Or(member.MinLength, declared.MinLength), cmp.Or(member.MaxLength, declared.MaxLength)
	member.MinItems, member.MaxItems = cmp.Or(member.MinItems, declared.MinItems), cmp.Or(member.MaxItems, declared.MaxItems)
	member.Minimum, member.Maximum = cmp.Or(member.Minimum, declared.Minimum), cmp.Or(member.Maximum, declared.Maximum)
	member.Pattern = cmp.Or(member.Pattern, declared.Pattern)
	member.PatternDescription = cmp.Or(member.PatternDescription, declared.PatternDescription)
	if member.Enum == nil {
		member.Enum = declared.Enum
	}
	member.PrecomputeMessages()
}
