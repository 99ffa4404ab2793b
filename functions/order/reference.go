package order

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// reference is an order's id or its number, as a request says it.
type reference string

// Resolve writes it as it is stored. Errors: it is neither.
func (r *reference) Resolve(c huma.Context, at *huma.PathBuffer) []error {
	if n, ok := domain.ParseOrderNumber(string(*r)); ok {
		*r = reference(domain.OrderNumber(n))
		return nil
	}
	id := web.ID(*r)
	if err := id.Resolve(c, at); err != nil {
		return []error{web.Fault(at, "must be an order's id, a UUID, or its number such as M-000123")}
	}
	*r = reference(id)
	return nil
}

// number is an order's number, as a request says it.
type number string

// Resolve writes it as it is stored. Error: it is none.
func (r *number) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if *r == "" {
		return nil
	}
	n, ok := domain.ParseOrderNumber(string(*r))
	if !ok {
		return []error{web.Fault(at, "must be an order's number such as M-000123")}
	}
	*r = number(domain.OrderNumber(n))
	return nil
}
