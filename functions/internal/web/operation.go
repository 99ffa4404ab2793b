package web

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
)

// Operation is a command as its asker sees it.
type Operation struct {
	ID          string                 `json:"id"`
	Status      events.OperationStatus `json:"status" enum:"pending,succeeded,failed"`
	Resource    Resource               `json:"resource"`
	Error       *Problem               `json:"error,omitempty"`
	CreatedAt   time.Time              `json:"createdAt,omitzero"`
	CompletedAt time.Time              `json:"completedAt,omitzero"`
}

// Resource is what an operation is about.
type Resource struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Href string `json:"href,omitempty"`
}

// Href is where the operation can be asked about.
func (o Operation) Href() string { return "/operations/" + o.ID }

// collections are where the things of a noun are found.
var collections = map[string]string{
	"user": "/users/", "brand": "/brands/", "category": "/categories/", "product": "/products/", "order": "/orders/", "payment": "/payments/",
	"inventory": "/stock/", "notification": "/notifications/", "address": "/customers/me/addresses/",
}

// An operation's id begins with the function that has it, so that the gateway finds its way by path alone.
func operationOf(f events.Function, s events.OperationState) Operation {
	o := Operation{
		ID: string(f) + "-" + s.ID, Status: s.Status, CreatedAt: s.CreatedAt, CompletedAt: s.CompletedAt,
		Resource: Resource{Type: s.Noun, ID: s.Subject},
	}
	if base, ok := collections[s.Noun]; ok && s.Status != events.OperationFailed {
		o.Resource.Href = base + s.Subject
	}
	return o
}

type operationInput struct {
	ID string `path:"id" maxLength:"100"`
}

func registerOperations(a *API) {
	if a.runtime.Publisher == nil && a.runtime.Asker == nil {
		return
	}
	Read(a, Route{
		Method: http.MethodGet, Path: "/operations/{id}", ID: "getOperation", Summary: "See what became of a request that was accepted",
		Access: Access{Anyone: true}, // whoever made it; others get 404
	}, a.operation)
}

func (a *API) operation(ctx context.Context, in *operationInput) (*Document[Operation], error) {
	missing := events.NotFound("operation", in.ID)
	id, ours := strings.CutPrefix(in.ID, string(a.runtime.Name)+"-")
	if !ours {
		return nil, missing
	}
	state, err := events.AwaitOperation.Ask(ctx, a.runtime.Asker, events.OperationQuestion{Source: a.runtime.Name.Source(), ID: id})
	if err != nil {
		return nil, err
	}
	// One that db has not decided yet has no asker we could compare: it shows nothing but that it is pending.
	if state.Status != events.OperationPending && state.By != of(ctx).cause.By {
		return nil, missing
	}
	state.ID = id
	o := operationOf(a.runtime.Name, state)
	if state.Problem != nil {
		o.Error = problemOf(ctx, state.Problem)
	}
	return &Document[Operation]{Status: http.StatusOK, CacheControl: NoStore, Body: &o}, nil
}

func typeFor[T any]() reflect.Type { return reflect.TypeFor[T]() }
