package web

import (
	"errors"
	"net/http"

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
		fault := locate(err)
		for name := range p.changes {
			if hasFaultAt([]events.FieldError{{Location: "body." + name}}, fault.Location) {
				r.secondary = append(r.secondary, err)
			}
		}
	}
	return nil
}
