package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Entity is one kind of thing that is created, read, replaced, changed and deleted. It declares five routes: create, read, put, patch and
// delete; listing is the function's own, because its filters are.
//
// F is what a request says of the thing, D what is stored of that, S the stored thing, V what clients see.
type Entity[F, D, S, V any] struct {
	Noun  string // "brand"; the operations are createBrand, getBrand …
	Path  string // "/brands"
	Read  Access // who may read one
	Write Access // who may change it
	About About  // what its operations say of it

	Create  events.Message[D]
	Update  events.Message[events.Change[D]]
	Delete  events.Message[events.Deletion]
	Merge   events.Message[events.Merger] // deletes one that products refer to, which another one takes; none: products refer to none
	Created events.Message[S]
	Updated events.Message[S]
	Deleted events.Message[S]
	Get     events.Query[events.Lookup, S]

	Rules  func(F) (D, error) // the domain's: what is said of the thing, checked here to refuse early
	Fields func(S) F          // what a patch is applied to
	Show   func(S) V
	Meta   func(S) events.Meta
	Beside func(S) []int64 // what is shown that changes without a new version: the ETag has it too; nil: nothing
	Hidden func(S) bool    // from all who may not change it; nil: nothing is
	Cache  func(S) string  // nil: as the catalogue where anyone may read it, else nowhere
}

type (
	createIn[F any] struct {
		PreferInput
		Body F
	}
	putIn[F any] struct {
		PreferInput
		IfMatch     string `header:"If-Match" doc:"The ETag of what to replace. Absent: it must not exist yet."`
		IfNoneMatch string `header:"If-None-Match" doc:"*: it must not exist yet; 412 when it does, where without this header it is 428 or 409."`
		ID          ID     `path:"id" format:"uuid"`
		Body        F
	}
	patchIn[F any] struct {
		PreferInput
		Conditional
		ID   ID       `path:"id" format:"uuid"`
		Body Patch[F] `contentType:"application/merge-patch+json"`
	}
	deleteIn struct {
		PreferInput
		Conditional
		ID ID `path:"id" format:"uuid"`
	}
	mergeIn struct {
		PreferInput
		Conditional
		ID       ID `path:"id" format:"uuid"`
		Reassign ID `query:"reassign" format:"uuid" doc:"Another one, which takes the products of this one."`
	}
	getIn struct {
		Cached
		ID ID `path:"id" format:"uuid"`
	}
)

func (putIn[F]) conditional() {}

// onlyNew tells that nothing may be replaced.
func (in putIn[F]) onlyNew() bool { return slices.Contains(tagsOf(in.IfNoneMatch), "*") }

// refused is 412 where what should be new is there already, whoever has found that: we or db.
func (in putIn[F]) refused(err error) error {
	problem, ok := errors.AsType[*events.Problem](err)
	if !ok || !in.onlyNew() || problem.Code != errNoIfMatch.Code && problem.Code != "already_exists" {
		return err
	}
	return &events.Problem{Status: http.StatusPreconditionFailed, Code: "already_exists", Detail: "If-None-Match: * asks that it does not exist yet. There is or was one under this id."}
}

// Declare adds the entity's routes to the API.
func (e Entity[F, D, S, V]) Declare(a *API) {
	one := e.Path + "/{id}"
	Read(a, e.route(http.MethodGet, one, "get", "Read a "+events.InWords(e.Noun), e.Read, sentences(e.About.Shown, readingOne)),
		func(ctx context.Context, in *getIn) (*Document[V], error) { return e.get(ctx, a, in) })
	Change(a, e.route(http.MethodPost, e.Path, "create", "Create a "+events.InWords(e.Noun), e.Write, sentences(creating, e.About.Refused)),
		Write[createIn[F], S, V]{Command: e.post, Done: e.Created, Status: http.StatusCreated, Show: e.Show, Version: e.version, Beside: e.Beside, Href: e.href})
	Change(a, e.route(http.MethodPut, one, "put", "Create a "+events.InWords(e.Noun)+" under an id of your own, or replace one", e.Write, sentences(putting, e.About.Refused)),
		Write[putIn[F], S, V]{
			Command: func(ctx context.Context, in *putIn[F]) (events.Outgoing, error) { return e.put(ctx, a, in) },
			Done:    e.Updated, Status: http.StatusOK, Show: e.Show, Version: e.version, Beside: e.Beside,
			Created: e.Created, Href: e.href, Refused: putIn[F].refused,
		})
	Change(a, e.route(http.MethodPatch, one, "update", "Change a "+events.InWords(e.Noun), e.Write, sentences(patching, e.About.Refused)),
		Write[patchIn[F], S, V]{
			Command: func(ctx context.Context, in *patchIn[F]) (events.Outgoing, error) { return e.patch(ctx, a, in) },
			Done:    e.Updated, Status: http.StatusOK, Show: e.Show, Version: e.version, Beside: e.Beside,
		})
	e.declareDelete(a, e.route(http.MethodDelete, one, "delete", "Delete a "+events.InWords(e.Noun), e.Write, sentences(deleting, e.About.Gone)))
}

func (e Entity[F, D, S, V]) declareDelete(a *API, r Route) {
	if e.Merge.Verb == "" {
		Change(a, r, Write[deleteIn, S, V]{
			Command: func(ctx context.Context, in *deleteIn) (events.Outgoing, error) {
				return e.remove(ctx, a, in.ID, in.Conditional)
			},
			Done: e.Deleted, Status: http.StatusNoContent,
		})
		return
	}
	r.Description += fmt.Sprintf(" One that products have is not deleted: 409 `in_use` says how many have it. With `reassign` another %s takes them, "+
		"in the same step: each of them has a new version then. At most %d are moved at once; where there are more, it is 409 `too_many_products`, "+
		"and nothing is done.", events.InWords(e.Noun), domain.MostMoved)
	Change(a, r, Write[mergeIn, S, V]{
		Command: func(ctx context.Context, in *mergeIn) (events.Outgoing, error) { return e.merge(ctx, a, in) },
		Done:    e.Deleted, Status: http.StatusNoContent,
	})
}

func (e Entity[F, D, S, V]) route(method, path, verb, summary string, access Access, about string) Route {
	id := verb + strings.ToUpper(e.Noun[:1]) + e.Noun[1:]
	return Route{Method: method, Path: path, ID: id, Summary: summary, Description: strings.ReplaceAll(about, "{noun}", events.InWords(e.Noun)), Access: access}
}

func (e Entity[F, D, S, V]) get(ctx context.Context, a *API, in *getIn) (*Document[V], error) {
	public := e.Hidden != nil && !e.Write.Allows(Caller(ctx))
	s, err := bus.Ask(ctx, a.Asker(), e.Get, events.Lookup{ID: string(in.ID), MinVersion: in.MinVersion, Public: public})
	if err != nil {
		return nil, err
	}
	if public && e.Hidden(s) { // an older db has answered
		return nil, events.NotFound(e.Noun, string(in.ID))
	}
	cache := NoStore
	if e.Read.Anyone {
		cache = CacheBriefly
	}
	if e.Cache != nil {
		cache = e.Cache(s)
	}
	return Show(in.Cached, e.version(s), cache, e.Show(s), besideOf(e.Beside, s)...), nil
}

func (e Entity[F, D, S, V]) post(_ context.Context, in *createIn[F]) (events.Outgoing, error) {
	return e.create(events.NewID(), in.Body)
}

func (e Entity[F, D, S, V]) put(ctx context.Context, a *API, in *putIn[F]) (events.Outgoing, error) {
	id := string(in.ID)
	if in.onlyNew() && in.IfMatch != "" {
		return events.Outgoing{}, &events.Problem{Status: http.StatusPreconditionFailed, Code: "precondition_failed", Detail: "If-Match asks that it exists, If-None-Match: * that it does not. Send one of them."}
	}
	if in.IfMatch == "" {
		if err := e.absent(ctx, a, id); err != nil {
			return events.Outgoing{}, err
		}
		return e.create(id, in.Body)
	}
	version, err := e.based(ctx, a, id, Conditional{IfMatch: in.IfMatch})
	if err != nil {
		return events.Outgoing{}, err
	}
	fields, err := e.Rules(in.Body)
	return e.change(id, version, fields), err
}

// based is the version that a change is based on.
func (e Entity[F, D, S, V]) based(ctx context.Context, a *API, id string, c Conditional) (int64, error) {
	return c.Version(e.Noun, func() (int64, error) {
		current, err := bus.Ask(ctx, a.Asker(), e.Get, events.Lookup{ID: id})
		if err != nil {
			return 0, err
		}
		return e.version(current), nil
	})
}

// absent refuses to replace unread what is there already: 428. Under an Idempotency-Key db alone decides, because a
// repetition finds what it made the first time.
func (e Entity[F, D, S, V]) absent(ctx context.Context, a *API, id string) error {
	if requestFrom(ctx).key != "" {
		return nil
	}
	_, err := bus.Ask(ctx, a.Asker(), e.Get, events.Lookup{ID: id})
	if problem, ok := errors.AsType[*events.Problem](err); ok && problem.Status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return errNoIfMatch
}

func (e Entity[F, D, S, V]) patch(ctx context.Context, a *API, in *patchIn[F]) (events.Outgoing, error) {
	if err := in.Required(); err != nil {
		return events.Outgoing{}, err
	}
	id := string(in.ID)
	current, err := bus.Ask(ctx, a.Asker(), e.Get, events.Lookup{ID: id})
	if err != nil {
		return events.Outgoing{}, err
	}
	version, err := in.At(e.Noun, e.version(current))
	if err != nil {
		return events.Outgoing{}, err
	}
	patched, err := in.Body.Apply(e.Fields(current))
	if err != nil {
		return events.Outgoing{}, err
	}
	fields, err := e.Rules(patched)
	if err != nil {
		return events.Outgoing{}, err
	}
	if stored, err := e.Rules(e.Fields(current)); err == nil && reflect.DeepEqual(stored, fields) && version == e.version(current) {
		return events.Outgoing{}, Unchanged(current)
	}
	return e.change(id, version, fields), nil
}

func (e Entity[F, D, S, V]) remove(ctx context.Context, a *API, id ID, c Conditional) (events.Outgoing, error) {
	version, err := e.based(ctx, a, string(id), c)
	return e.Delete.New(string(id), events.Deletion{ExpectedVersion: version}), err
}

func (e Entity[F, D, S, V]) merge(ctx context.Context, a *API, in *mergeIn) (events.Outgoing, error) {
	if in.Reassign == "" {
		return e.remove(ctx, a, in.ID, in.Conditional)
	}
	version, err := e.based(ctx, a, string(in.ID), in.Conditional)
	return e.Merge.New(string(in.ID), events.Merger{ExpectedVersion: version, IntoID: string(in.Reassign)}), err
}

func (e Entity[F, D, S, V]) create(id string, f F) (events.Outgoing, error) {
	fields, err := e.Rules(f)
	return e.Create.New(id, fields), err
}

func (e Entity[F, D, S, V]) change(id string, version int64, fields D) events.Outgoing {
	return e.Update.New(id, events.Change[D]{ExpectedVersion: version, Fields: fields})
}

func (e Entity[F, D, S, V]) version(s S) int64 { return e.Meta(s).Version }
func (e Entity[F, D, S, V]) href(s S) string   { return e.Path + "/" + e.Meta(s).ID }
