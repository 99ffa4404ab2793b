package web

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// Operation is a command as its asker sees it.
type Operation struct {
	ID          string                 `json:"id" doc:"What to ask about it by, at /operations/{id}. It is a capability: keep it to yourself." example:"order-e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd.t8x0fk.3GRt0y7Wq1"`
	Status      events.OperationStatus `json:"status" enum:"pending,succeeded,failed" doc:"pending: not decided yet; succeeded: done, see resource; failed: refused, see error." example:"succeeded"`
	Resource    Resource               `json:"resource,omitzero" doc:"Absent while nothing is decided, unless the request's own answer can tell: what has an Idempotency-Key and makes something new may have been asked for before, and then it is the thing that was made then." example:"{\"type\":\"order\",\"id\":\"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd\",\"href\":\"/orders/e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd\"}"`
	Error       *Problem               `json:"error,omitempty" doc:"Why it failed, as the request itself would have been answered."`
	CreatedAt   time.Time              `json:"createdAt,omitzero" doc:"When the request was received; absent while nothing is known of it." example:"2026-03-03T09:41:00Z"`
	CompletedAt time.Time              `json:"completedAt,omitzero" doc:"When it was decided; absent while it is pending." example:"2026-03-03T09:41:01Z"`
	Token       string                 `json:"token,omitempty" doc:"What opens the order that a guest places, and this operation: only in the answer to the request that places it."`
}

// Resource is what an operation is about.
type Resource struct {
	Type string `json:"type" doc:"What kind of thing it is: order, brand and so on." example:"order"`
	ID   string `json:"id" doc:"Its id."`
	Href string `json:"href,omitempty" doc:"Where it is read; absent where there is no such place, or where it is gone." example:"/orders/e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd"`
}

// Href is where the operation can be asked about.
func (o Operation) Href() string { return "/operations/" + o.ID }

// collections are where the things of a noun are found.
var collections = collectionsOf(events.Nouns())

func collectionsOf(nouns []events.Noun) map[string]string {
	found := map[string]string{}
	for _, n := range nouns {
		found[n.Name] = n.Each
	}
	return found
}

// An operation's id is <function>-<command>.<when>.<proof>: the gateway finds its way by the function, db knows by the time when nothing
// can come any more, and nobody invents one. It is a capability: whoever asked shows it, and only they learn more than that it is pending.
func (a *API) operationOf(s events.OperationState, at time.Time) Operation {
	stamp := s.ID + "." + strconv.FormatInt(at.Unix(), 36)
	return a.showOperation(string(a.runtime.Name)+"-"+stamp+"."+a.runtime.Keys.Digest(a.issued(stamp)...), s)
}

func (a *API) issued(stamp string) []string {
	return []string{"operation", string(a.runtime.Name), stamp}
}

// before is when the last release gave its ids out, which have neither time nor proof: long ago, so nothing of them is pending, and only what is
// decided is shown.
var before = time.Unix(0, 0).UTC()

// issuedID is the command that an operation's id stands for, and when we gave it out. None: we did not.
func (a *API) issuedID(id string) (command string, at time.Time, ok bool) {
	rest, ours := strings.CutPrefix(strings.ToLower(id), string(a.runtime.Name)+"-")
	parts := strings.Split(rest, ".")
	if ours && len(rest) == len(uuid.Nil.String()) && uuid.Validate(rest) == nil {
		return rest, before, true
	}
	if !ours || len(parts) != 3 || !a.runtime.Keys.Digested(parts[2], a.issued(parts[0]+"."+parts[1])...) {
		return "", at, false
	}
	seconds, err := strconv.ParseInt(parts[1], 36, 64)
	return parts[0], time.Unix(seconds, 0).UTC(), err == nil
}

func (a *API) showOperation(id string, s events.OperationState) Operation {
	o := Operation{
		ID: id, Status: s.Status, CreatedAt: s.CreatedAt, CompletedAt: s.CompletedAt,
		Resource: Resource{Type: s.Noun, ID: s.Subject},
	}
	if base := collections[s.Noun]; base != "" && s.Status != events.OperationFailed {
		o.Resource.Href = base + s.Subject
	}
	return o
}

type operationInput struct {
	ID string `path:"id" maxLength:"120" doc:"As the 202 gave it. It is a capability: keep it to yourself."`
}

func registerOperations(a *API) {
	if a.runtime.Publisher == nil && a.runtime.Asker == nil {
		return
	}
	Read(a, Route{
		Method: http.MethodGet, Path: "/operations/{id}", ID: "getOperation", Summary: "See what became of a request that was accepted",
		Description: "Ask after the seconds that Retry-After of the 202 said. While it is `pending` nothing is decided; then it is `succeeded`, with the thing in resource, or `failed`, with the problem that " +
			"the request itself would have been answered. Whoever made the request asks with a token of theirs, a guest with the order's; to anybody else a decided one is 404, as one that there never was.",
		Access: Access{Anyone: true}, // whoever made it; others get 404
	}, a.operation)
}

func (a *API) operation(ctx context.Context, in *operationInput) (*Document[Operation], error) {
	missing := events.NotFound("operation", in.ID)
	id, at, ok := a.issuedID(in.ID)
	if !ok {
		return nil, missing
	}
	state, err := bus.Ask(ctx, a.runtime.Asker, events.AwaitOperation, events.OperationQuestion{Source: a.runtime.Name.Source(), ID: id, Since: at})
	if errors.Is(err, missing) {
		return nil, missing // db has not seen it, and nothing that old is carried out any more
	}
	if err != nil {
		return nil, err
	}
	if state.Status == events.OperationPending && at.Equal(before) {
		return nil, missing
	}
	// One that db has not decided yet has no asker we could compare: it shows nothing but that it is pending.
	if state.Status != events.OperationPending && state.By != requestFrom(ctx).cause.By {
		return nil, missing
	}
	o := a.showOperation(strings.ToLower(in.ID), state)
	if state.Problem != nil {
		o.Error = problemOf(ctx, state.Problem)
	}
	return &Document[Operation]{Status: http.StatusOK, CacheControl: NoStore, Body: &o}, nil
}

func typeFor[T any]() reflect.Type { return reflect.TypeFor[T]() }
