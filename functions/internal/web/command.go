package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
)

// WriteInput is the input of a write: it embeds PreferInput.
type WriteInput interface{ preferInput() PreferInput }

// Write declares how one route's request becomes a command and the command's result an answer.
type Write[I WriteInput, S, B any] struct {
	Command func(ctx context.Context, in *I) (events.Outgoing, error) // the command; refuses early what db would refuse
	Done    events.Message[S]                                         // the result that means success
	Also    []events.Message[S]                                       // others that mean it too
	Created events.Message[S]                                         // the result that means a thing is new, where Done does not: 201
	Status  int                                                       // 201, 200 or 204
	Show    func(S) B                                                 // the body the client sees; not asked for 204
	ShowTo  func(ctx context.Context, result S) B                     // the same, where it depends on who asks; nil: on nobody
	Href    func(S) string                                            // Location of what was made; nil when nothing was
	Version func(S) int64                                             // the version, for the ETag; nil when there is none
	Beside  func(S) []int64                                           // what is shown that changes without a new version; nil: nothing
	// AwaitCompletion: the answer waits for what the result sets going, as long as the request waits, and db tells whether it came to its
	// end: else 202 with the resource as it is.
	AwaitCompletion bool
	// SideEffects: Command does more than read, and must not do it again for a request that was carried out before.
	SideEffects bool
	Cache       string
	// Token opens the thing that a command about a subject makes, where whoever asks needs one: said with 202, too. "": they do not; nil: nobody does.
	Token func(ctx context.Context, subject string) string
	// Refused is a refusal in the light of what the request asked; nil: as it is.
	Refused func(in I, err error) error
}

// Reply is the answer to a write: the resource when it was finished in time, else the operation.
type Reply struct {
	Status            int
	Location          string `header:"Location"`
	ETag              string `header:"ETag"`
	RetryAfter        string `header:"Retry-After"`
	PreferenceApplied string `header:"Preference-Applied"`
	CacheControl      string `header:"Cache-Control"`
	Body              any
}

// Change declares a route that sends a command.
func Change[I WriteInput, S, B any](a *API, route Route, w Write[I, S, B]) {
	o := route.operation(a)
	o.Description += "\n\n" + w.told()
	o.DefaultStatus = w.Status
	o.Errors = append(o.Errors, http.StatusConflict)
	if _, ok := any(*new(I)).(interface{ conditional() }); ok {
		o.Errors = append(o.Errors, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	o.Responses = responses[B](a, w.Status)
	if w.AwaitCompletion {
		o.Responses["202"].Content["application/json"].Schema = &huma.Schema{OneOf: []*huma.Schema{
			a.huma.OpenAPI().Components.Schemas.Schema(typeFor[B](), true, ""), o.Responses["202"].Content["application/json"].Schema,
		}}
	}
	if w.mayMake() {
		o.Responses["201"] = responses[B](a, http.StatusCreated)["201"]
	}
	register(a, o, func(ctx context.Context, in *I) (*Reply, error) {
		reply, err := w.answer(ctx, a, route, in)
		if err != nil && w.Refused != nil {
			err = w.Refused(*in, err)
		}
		return reply, err
	})
	done := described(a, route)
	describeProblems(done)
	describeBody(done)
	describeIDs(done, route.Path)
	w.describe(done, route)
}

func responses[B any](a *API, status int) map[string]*huma.Response {
	schemas := a.huma.OpenAPI().Components.Schemas
	done := &huma.Response{Description: http.StatusText(status)}
	if status != http.StatusNoContent {
		done.Content = map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(typeFor[B](), true, "")}}
	}
	return map[string]*huma.Response{
		strconv.Itoa(status): done,
		"202": {Description: "Accepted; not finished yet.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemas.Schema(typeFor[Operation](), true, "")},
		}},
	}
}

// answer carries the request out. What was asked before under the same key is answered as then, whatever has become of things since. Mostly db
// knows it again by the command. Where Command does more than read, or refuses now what it did not then, db is asked first.
func (w Write[I, S, B]) answer(ctx context.Context, a *API, route Route, in *I) (*Reply, error) {
	if route.RequireIdempotencyKey && requestFrom(ctx).key == "" {
		return nil, &events.Problem{Status: http.StatusBadRequest, Code: "idempotency_key_required", Detail: "Send an Idempotency-Key, any text that is new for each thing you want done, so that repeating the request does nothing twice."}
	}
	wait, applied := (*in).preferInput().wait()
	var command events.Outgoing
	var refused error
	if !w.SideEffects {
		command, refused = w.Command(ctx, in)
	}
	if w.SideEffects || refused != nil {
		if state, err := a.previousOutcome(ctx); err != nil || state.Decided() {
			return w.reply(ctx, a, state, err, applied)
		}
	}
	if w.SideEffects {
		command, refused = w.Command(ctx, in)
	}
	if same, ok := errors.AsType[unchanged[S]](refused); ok {
		return w.done(ctx, same.state, http.StatusOK, applied), nil
	}
	if refused != nil {
		return nil, refused
	}
	state, err := a.run(ctx, command, wait, w.AwaitCompletion)
	return w.reply(ctx, a, state, err, applied)
}

// unchanged is what Write.Command gives instead of a command when there is nothing to change.
type unchanged[S any] struct{ state S }

func (unchanged[S]) Error() string { return "there is nothing to change" }

// Unchanged makes a thing as it is the answer to a change that would change nothing: no command is sent, and its version stays.
func Unchanged[S any](state S) error { return unchanged[S]{state} }

// done is the answer with a thing.
func (w Write[I, S, B]) done(ctx context.Context, result S, status int, applied string) *Reply {
	r := &Reply{Status: status, PreferenceApplied: applied, CacheControl: NoStore}
	if w.Status == http.StatusNoContent {
		return r
	}
	if w.Version != nil {
		r.ETag = ETag(w.Version(result), besideOf(w.Beside, result)...)
	}
	if w.ShowTo != nil {
		r.Body = w.ShowTo(ctx, result)
	} else {
		r.Body = w.Show(result)
	}
	return r
}

// reply shows what became of the command. Error: err, or that of the command.
func (w Write[I, S, B]) reply(ctx context.Context, a *API, state events.OperationState, err error, applied string) (*Reply, error) {
	if err != nil {
		return nil, err
	}
	if state.Problem != nil {
		return nil, state.Problem
	}
	if state.Status == events.OperationPending || !w.succeeded(state.Type) { // a newer db may have decided it in a way that this release does not know
		op := a.operationOf(state, time.Now())
		if state.Status == events.OperationPending && w.Href != nil && requestFrom(ctx).key != "" {
			op.Resource = Resource{} // it may have been asked for before, and then it has the id that it was given then
		}
		if w.Token != nil {
			op.Token = w.Token(ctx, state.Subject)
		}
		return &Reply{
			Status: http.StatusAccepted, Location: op.Href(), RetryAfter: "1", PreferenceApplied: applied, CacheControl: NoStore, Body: op,
		}, nil
	}
	result, err := w.Done.Decode(a.runtime.Keys, state.Data)
	if err != nil {
		return nil, err
	}
	made := w.mayMake() && state.Type == w.Created.Type()
	r := w.done(ctx, result, w.Status, applied)
	switch {
	case w.AwaitCompletion && !state.Settled:
		r.Status, r.RetryAfter = http.StatusAccepted, "1"
	case made:
		r.Status = http.StatusCreated
	}
	if w.Href != nil && (made || !w.mayMake()) {
		r.Location = w.Href(result)
	}
	return r, nil
}

// mayMake tells whether a result besides Done means that a thing is new.
func (w Write[I, S, B]) mayMake() bool { return w.Created.Verb != "" }

func (w Write[I, S, B]) succeeded(t string) bool {
	if t == w.Done.Type() || w.mayMake() && t == w.Created.Type() {
		return true
	}
	for _, m := range w.Also {
		if t == m.Type() {
			return true
		}
	}
	return false
}

// run publishes a command, under the request's own id, and waits for its outcome. Where it was refused before, and may be tried again by now, it is
// published as the next attempt. Errors: the key was used for another request; ErrUnknownOutcome when Kafka did not confirm the command.
func (a *API) run(ctx context.Context, command events.Outgoing, wait time.Duration, toEnd bool) (events.OperationState, error) {
	if command.ID() == "" {
		command = requestFrom(ctx).withID(command)
	}
	state, err := a.call(ctx, command, wait, toEnd)
	if err != nil || command.Fingerprint() == "" {
		return state, err
	}
	state, answers := stands(state, time.Now())
	if answers {
		return state, nil
	}
	state, n, err := a.lastAttempt(ctx, command.ID(), command.Fingerprint(), state)
	if err != nil {
		return state, keyReused(err)
	}
	if state, answers = stands(state, time.Now()); answers {
		return state, nil
	}
	return a.call(ctx, command.WithID(attempt(command.ID(), n+1), command.Fingerprint()), wait, toEnd)
}

func (a *API) call(ctx context.Context, command events.Outgoing, wait time.Duration, toEnd bool) (state events.OperationState, err error) {
	if toEnd {
		state, err = a.Caller().CallToEnd(ctx, command, wait)
	} else {
		state, err = a.Caller().Call(ctx, command, wait)
	}
	return state, keyReused(err)
}
