package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/onlinemart/mart/events"
)

// refuseAmbiguous refuses a request that two readers may read differently: what is checked here would not be what is stored there.
func (a *API) refuseAmbiguous(c huma.Context, next func(huma.Context)) {
	r := requestFrom(c.Context())
	if fault := tooComplex(r.body); fault != nil {
		a.refuse(c, &events.Problem{Status: http.StatusBadRequest, Code: "malformed", Detail: "The body is larger than any that is taken; see errors.", Errors: []events.FieldError{*fault}})
		return
	}
	fault := ambiguousQuery(r.query)
	if fault == nil {
		fault = ambiguousBody(r.body)
	}
	if fault != nil {
		a.refuse(c, &events.Problem{
			Status: http.StatusBadRequest, Code: "malformed", Detail: "The request can be read in more than one way; see errors.", Errors: []events.FieldError{*fault},
		})
		return
	}
	next(c)
}

const notUTF8 = "must be text in UTF-8"

func ambiguousQuery(query url.Values) *events.FieldError {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !utf8.ValidString(name) {
			return &events.FieldError{Location: "query", Message: notUTF8}
		}
		if !utf8.ValidString(strings.Join(query[name], "")) {
			return &events.FieldError{Location: "query." + name, Message: notUTF8}
		}
	}
	return nil
}

// What a body may hold: several times what the largest that the API takes has. Every level and every value of one costs work, and each
// may be a fault that is told.
const (
	maxDepth  = 32
	maxValues = 5000
)

// tooComplex finds a body that is nested deeper or has more values than any that is taken, before anything else reads it.
func tooComplex(body []byte) *events.FieldError {
	if text := bytes.TrimSpace(body); len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return nil // a form, or a single value
	}
	depth, values, quoted := 0, 1, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			values++
		case c == '}' || c == ']':
			depth--
		case c == ',':
			values++
		}
		if depth > maxDepth || values > maxValues {
			return &events.FieldError{Location: "body", Message: fmt.Sprintf("must be nested at most %d levels deep and have at most %d values", maxDepth, maxValues)}
		}
	}
	return nil
}

// ambiguousBody finds what encoding/json would take and change without a word. What it does not take it says itself.
func ambiguousBody(body []byte) *events.FieldError {
	fault, found := errors.AsType[*jsontext.SyntacticError](events.CheckJSON(body))
	switch {
	case !found || !json.Valid(body):
		return nil
	case errors.Is(fault.Err, jsontext.ErrDuplicateName):
		return &events.FieldError{Location: fieldPath(fault.JSONPointer), Message: "must be there once"}
	case !utf8.Valid(body):
		return &events.FieldError{Location: fieldPath(fault.JSONPointer), Message: notUTF8}
	}
	return &events.FieldError{Location: fieldPath(fault.JSONPointer), Message: "must be text of whole characters: a \\u escape of half a surrogate pair is none"}
}

// fieldPath writes a place in a body as every other fault's: body.lines[0].quantity.
func fieldPath(p jsontext.Pointer) string {
	at := "body"
	for name := range p.Tokens() {
		if _, err := strconv.ParseUint(name, 10, 32); err == nil {
			at += "[" + name + "]"
		} else {
			at += "." + name
		}
	}
	return at
}
