package web

import (
	"net/http"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onlinemart/mart/events"
)

type declaredThing struct {
	Name   events.Personal `json:"name" minLength:"1" maxLength:"12"`
	Code   string          `json:"code" pattern:"^[a-z]$" patternDescription:"a letter"`
	Count  int64           `json:"count" minimum:"2" maximum:"3"`
	Parts  []string        `json:"parts" minItems:"4" maxItems:"5"`
	Status string          `json:"status" enum:"on,off"`
	Hidden string          `json:"hidden" maxLength:"7"`
}

type writtenThing struct {
	Name   string   `json:"name" maxLength:"10"`
	Code   string   `json:"code"`
	Count  int64    `json:"count"`
	Parts  []string `json:"parts"`
	Status string   `json:"status"`
	Own    string   `json:"own" maxLength:"6"`
}

// TransformSchema gives the members the limits of their declaration.
func (writtenThing) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return LimitsOf[declaredThing](s)
}

func TestLimitsOfADeclaration(t *testing.T) {
	t.Parallel()
	s := huma.SchemaFromType(huma.NewMapRegistry("", huma.DefaultSchemaNamer), typeFor[writtenThing]())
	got := map[string]huma.Schema{}
	for name, p := range s.Properties {
		got[name] = huma.Schema{
			MinLength: p.MinLength, MaxLength: p.MaxLength, Pattern: p.Pattern, PatternDescription: p.PatternDescription, Minimum: p.Minimum, Maximum: p.Maximum,
			MinItems: p.MinItems, MaxItems: p.MaxItems, Enum: p.Enum,
		}
	}
	want := map[string]huma.Schema{
		"name":   {MinLength: new(1), MaxLength: new(10)}, // its own comes first
		"code":   {Pattern: "^[a-z]$", PatternDescription: "a letter"},
		"count":  {Minimum: new(2.0), Maximum: new(3.0)},
		"parts":  {MinItems: new(4), MaxItems: new(5)},
		"status": {Enum: []any{"on", "off"}},
		"own":    {MaxLength: new(6)},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(huma.Schema{})); d != "" {
		t.Error(d)
	}
	var r huma.ValidateResult
	raw := map[string]any{"name": "", "code": "1", "count": 4.0, "parts": []any{}, "status": "x", "own": ""}
	huma.Validate(huma.NewMapRegistry("", huma.DefaultSchemaNamer), s, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, raw, &r)
	if len(r.Errors) != 5 {
		t.Errorf("of five faults %v are seen", r.Errors)
	}
}

// The key that a client may send is as long as the one that is taken.
func TestAnIdempotencyKeyIsAsLongAsDeclared(t *testing.T) {
	t.Parallel()
	field, _ := typeFor[PreferInput]().FieldByName("Key")
	declared := huma.SchemaFromField(huma.NewMapRegistry("", huma.DefaultSchemaNamer), field, "")
	if declared.MaxLength == nil || *declared.MaxLength != maxKey {
		t.Errorf("declared: %v, taken: %d", declared.MaxLength, maxKey)
	}
	for length, ok := range map[int]bool{maxKey: true, maxKey + 1: false} {
		r := &request{}
		if problem := r.readKey(http.Header{"Idempotency-Key": {string(make([]byte, length))}}); (problem == nil) != ok {
			t.Errorf("%d: %v", length, problem)
		}
	}
}
