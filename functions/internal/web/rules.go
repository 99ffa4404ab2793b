package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
)

// Faults are what is wrong by the rules of the domain, for the Resolve method of a body: huma then answers them together with what is
// wrong by the schema. What is no fault of the content is the handler's to find again.
func Faults(err error) []error {
	problem, ok := errors.AsType[*events.Problem](err)
	if !ok || problem.Status != http.StatusUnprocessableEntity {
		return nil
	}
	all := make([]error, len(problem.Errors))
	for i, fault := range problem.Errors {
		all[i] = ruleFault(fault)
	}
	return all
}

// Resolve looks at the members of a patch by themselves. What is found counts only if something is wrong anyway: whether a member is
// right may depend on those that stay.
func (p *Patch[T]) Resolve(c huma.Context) []error {
	var none T
	alone, _ := p.Apply(none) // what does not fit has been found by the schema
	rules, has := any(&alone).(huma.Resolver)
	if !has {
		return nil
	}
	r := requestFrom(c.Context())
	for _, err := range rules.Resolve(c) {
		if mentioned(p.changes, strings.TrimPrefix(locate(err).Location, "body.")) {
			r.secondary = append(r.secondary, err)
		}
	}
	return nil
}

// mentioned tells whether a patch says something of the member that a path leads to.
func mentioned(changes map[string]json.RawMessage, path string) bool {
	name, deeper, nested := strings.Cut(path, ".")
	change, there := changes[strings.TrimRight(name, "[]0123456789")]
	var members map[string]json.RawMessage
	if !nested || json.Unmarshal(change, &members) != nil {
		return there
	}
	return mentioned(members, deeper)
}
