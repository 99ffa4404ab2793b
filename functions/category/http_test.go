package category_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/category"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const id = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"

func TestACategoryShowsItsPlace(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	lamps := events.CategoryState{
		Meta:           events.Meta{ID: id, Version: 1, CreatedAt: noon, UpdatedAt: noon},
		CategoryFields: events.CategoryFields{Name: "Lamps", Slug: "lamps", ParentID: id},
		Path:           []events.Breadcrumb{{ID: id, Name: "Home", Slug: "home"}, {ID: id, Name: "Lamps", Slug: "lamps"}},
	}
	var asked string
	s := functiontest.Start(t, events.Category, category.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){
			events.GetCategory.Type(): func(functiontest.Query) (any, error) { return &lamps, nil },
			events.ListCategories.Type(): func(q functiontest.Query) (any, error) {
				asked = string(q.Data)
				return &events.Page[events.CategoryState]{Items: []events.CategoryState{{}}}, nil
			},
		},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.CreateCategory.Type(): func(functiontest.Command) (events.Declared, any, error) {
				return nil, nil, events.Refuse("slug_taken", "Another category has this slug.")
			},
		},
	})
	var got map[string]any
	s.Do(t, "", "GET", "/categories/"+id, "").JSON(t, &got)
	want := map[string]any{
		"id": id, "version": 1.0, "createdAt": "2026-07-01T12:00:00Z", "updatedAt": "2026-07-01T12:00:00Z", "name": "Lamps", "slug": "lamps", "parentId": id,
		"path": []any{map[string]any{"id": id, "name": "Home", "slug": "home"}, map[string]any{"id": id, "name": "Lamps", "slug": "lamps"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	list := s.Do(t, "", "GET", "/categories?parentId="+id, "")
	if !strings.Contains(asked, `"parentId":"`+id+`"`) || !strings.Contains(list.Text, `"path":[]`) || strings.Contains(list.Text, "nextCursor") {
		t.Errorf("asked %s, answered %s", asked, list.Text)
	}
	refused := s.Do(t, functiontest.Catalog, "POST", "/categories", `{"name":"Lamps","parentId":"`+strings.ToUpper(id)+`"}`)
	if refused.StatusCode != 409 || !strings.Contains(refused.Text, "slug_taken") {
		t.Errorf("%s %s", refused.Status, refused.Text)
	}
	twoLines := s.Do(t, functiontest.Catalog, "POST", "/categories", `{"name":"two\nlines"}`)
	if twoLines.StatusCode != 422 || !strings.Contains(twoLines.Text, `"location":"body.name"`) {
		t.Errorf("a name of two lines: %s %s", twoLines.Status, twoLines.Text)
	}
	var command events.CategoryFields
	if err := json.Unmarshal(s.Commands()[0].Data, &command); err != nil || command != (events.CategoryFields{Name: "Lamps", Slug: "lamps", ParentID: id}) {
		t.Errorf("%+v %v", command, err)
	}
}

// What is shown beside a version is in the ETag: whoever has the old place reads again.
func TestACategorysETagCoversItsPlace(t *testing.T) {
	t.Parallel()
	lamps := events.CategoryState{
		Meta:           events.Meta{ID: id, Version: 1},
		CategoryFields: events.CategoryFields{Name: "Lamps", Slug: "lamps", ParentID: id},
		Path:           []events.Breadcrumb{{ID: id, Name: "Home", Slug: "home"}, {ID: id, Name: "Lamps", Slug: "lamps"}},
	}
	s := functiontest.Start(t, events.Category, category.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){events.GetCategory.Type(): func(functiontest.Query) (any, error) { return &lamps, nil }},
	})
	tag := s.Do(t, "", "GET", "/categories/"+id, "").Header.Get("ETag")
	same := s.Do(t, "", "GET", "/categories/"+id, "", "If-None-Match", tag)
	lamps.Path[0].Name = "House"
	renamed := s.Do(t, "", "GET", "/categories/"+id, "", "If-None-Match", tag)
	if same.StatusCode != http.StatusNotModified || renamed.StatusCode != http.StatusOK || renamed.Header.Get("ETag") == tag {
		t.Errorf("%s: %s, and once what it is below has another name: %s %s", tag, same.Status, renamed.Status, renamed.Header.Get("ETag"))
	}
}

// The document says how deep the tree may be, as the rule does.
func TestTheLimitOfTheTreeIsTold(t *testing.T) {
	t.Parallel()
	var fields category.CategoryFields
	parent, _ := reflect.TypeOf(fields).FieldByName("ParentID")
	if want := fmt.Sprintf("at most %d levels", domain.MaxCategoryDepth); !strings.Contains(parent.Tag.Get("doc"), want) {
		t.Errorf("%q is not in %q", want, parent.Tag.Get("doc"))
	}
}
