package brand

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Routes declares what comes in by HTTP.
func Routes(api *web.API) {
	r := routes{api}
	staff := web.Access{Staff: events.CatalogWrite}
	web.Read(api, web.Route{Method: http.MethodGet, Path: "/brands", ID: "listBrands", Summary: "List brands", Access: web.Access{Anyone: true}}, r.list)
	web.Read(api, web.Route{Method: http.MethodGet, Path: "/brands/{id}", ID: "getBrand", Summary: "Read a brand", Access: web.Access{Anyone: true}}, r.get)
	web.Change(api, web.Route{Method: http.MethodPost, Path: "/brands", ID: "createBrand", Summary: "Create a brand", Access: staff},
		created(func(_ context.Context, in *createInput) (events.Outgoing, error) {
			return create(events.NewID(), in.Body)
		}))
	web.Change(api, web.Route{Method: http.MethodPut, Path: "/brands/{id}", ID: "putBrand", Summary: "Create a brand under an id of your own, or replace one", Access: staff},
		web.Write[putInput, events.BrandState, Brand]{
			Ask: put, Done: events.BrandUpdated, Also: []events.Message[events.BrandState]{events.BrandCreated}, Status: http.StatusOK, Show: show, Tag: version,
		})
	web.Change(api, web.Route{Method: http.MethodPatch, Path: "/brands/{id}", ID: "updateBrand", Summary: "Change a brand", Access: staff},
		web.Write[patchInput, events.BrandState, Brand]{Ask: r.patch, Done: events.BrandUpdated, Status: http.StatusOK, Show: show, Tag: version})
	web.Change(api, web.Route{Method: http.MethodDelete, Path: "/brands/{id}", ID: "deleteBrand", Summary: "Delete a brand", Access: staff},
		web.Write[deleteInput, events.BrandState, Brand]{Ask: remove, Done: events.BrandDeleted, Status: http.StatusNoContent})
}

// BrandFields is what staff say about a brand.
type BrandFields struct {
	Name        string `json:"name" minLength:"1" maxLength:"120"`
	Slug        string `json:"slug,omitempty" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" maxLength:"140" doc:"Made from the name when absent."`
	Description string `json:"description,omitempty" maxLength:"2000"`
}

// Brand is a brand as clients see it.
type Brand struct {
	web.Meta
	Name        string `json:"name"`
	Slug        string `json:"slug"`
	Description string `json:"description,omitempty"`
}

type createInput struct {
	web.Waiting
	Body BrandFields
}

type putInput struct {
	web.Waiting
	IfMatch string `header:"If-Match" doc:"The ETag of the brand to replace. Absent: the brand must not exist yet."`
	ID      string `path:"id" format:"uuid"`
	Body    BrandFields
}

type patchInput struct {
	web.Waiting
	web.Conditional
	ID   string            `path:"id" format:"uuid"`
	Body web.Patch[BrandFields] `contentType:"application/merge-patch+json"`
}

type deleteInput struct {
	web.Waiting
	web.Conditional
	ID string `path:"id" format:"uuid"`
}

type getInput struct {
	web.Cached
	ID string `path:"id" format:"uuid"`
}

type listInput struct {
	web.Paging
}

type routes struct{ api *web.API }

func (r routes) list(ctx context.Context, in *listInput) (*web.List[Brand], error) {
	page, err := events.ListBrands.Ask(ctx, r.api.Asker(), events.BrandFilter{Paging: in.Page()})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.Catalog, show), nil
}

func (r routes) get(ctx context.Context, in *getInput) (*web.Document[Brand], error) {
	b, err := events.GetBrand.Ask(ctx, r.api.Asker(), events.Lookup{ID: in.ID, MinVersion: in.MinVersion})
	if err != nil {
		return nil, err
	}
	return web.Show(in.Cached, b.Version, web.Catalog, show(b)), nil
}

func created[I web.Waiter](ask func(context.Context, *I) (events.Outgoing, error)) web.Write[I, events.BrandState, Brand] {
	return web.Write[I, events.BrandState, Brand]{
		Ask: ask, Done: events.BrandCreated, Status: http.StatusCreated, Show: show, Tag: version,
		Href: func(b events.BrandState) string { return "/brands/" + b.ID },
	}
}

func create(id string, f BrandFields) (events.Outgoing, error) {
	fields, err := domain.Brand(f.stored())
	if err != nil {
		return events.Outgoing{}, err
	}
	return events.CreateBrand.New(id, fields), nil
}

func put(_ context.Context, in *putInput) (events.Outgoing, error) {
	if in.IfMatch == "" {
		return create(in.ID, in.Body)
	}
	version, err := web.Conditional{IfMatch: in.IfMatch}.Version()
	if err != nil {
		return events.Outgoing{}, err
	}
	return change(in.ID, version, in.Body)
}

func (r routes) patch(ctx context.Context, in *patchInput) (events.Outgoing, error) {
	version, err := in.Version()
	if err != nil {
		return events.Outgoing{}, err
	}
	current, err := events.GetBrand.Ask(ctx, r.api.Asker(), events.Lookup{ID: in.ID})
	if err != nil {
		return events.Outgoing{}, err
	}
	patched, err := in.Body.Apply(fieldsOf(current))
	if err != nil {
		return events.Outgoing{}, err
	}
	return change(in.ID, version, patched)
}

func change(id string, version int64, f BrandFields) (events.Outgoing, error) {
	fields, err := domain.Brand(f.stored())
	if err != nil {
		return events.Outgoing{}, err
	}
	return events.UpdateBrand.New(id, events.Change[events.BrandFields]{ExpectedVersion: version, Fields: fields}), nil
}

func remove(_ context.Context, in *deleteInput) (events.Outgoing, error) {
	version, err := in.Version()
	return events.DeleteBrand.New(in.ID, events.Deletion{ExpectedVersion: version}), err
}

func (f BrandFields) stored() events.BrandFields {
	return events.BrandFields{Name: f.Name, Slug: f.Slug, Description: f.Description}
}

func fieldsOf(b events.BrandState) BrandFields {
	return BrandFields{Name: b.Name, Slug: b.Slug, Description: b.Description}
}

func show(b events.BrandState) Brand {
	return Brand{Meta: web.MetaOf(b.Meta), Name: b.Name, Slug: b.Slug, Description: b.Description}
}

func version(b events.BrandState) int64 { return b.Version }
