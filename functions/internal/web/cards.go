package web

import (
	"errors"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// refuseCards keeps card numbers out of the mart: a body that carries one is refused before anything reads it.
func (a *API) refuseCards(c huma.Context, next func(huma.Context)) {
	if p, refused := errors.AsType[*events.Problem](domain.RefuseCardNumbers(requestFrom(c.Context()).body)); refused {
		a.refuse(c, p)
		return
	}
	next(c)
}
