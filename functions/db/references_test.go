package db

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// A reference that stays as it is is not judged again: what it leads to may have been deleted before a release that refuses that. A new one is.
func TestProduct_OfADeletedBrandCanBeEdited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	brand, category, id := events.NewID(), events.NewID(), events.NewID()
	fields := productNamed("A-1", "Apple", 100)
	fields.BrandID, fields.CategoryID = brand, category
	for _, m := range []events.Outgoing{
		events.CreateBrand.New(brand, brandNamed("acme")), events.CreateCategory.New(category, categoryNamed("fruit", "")), events.CreateProduct.New(id, fields),
	} {
		if got := b.do(m); got.Problem != nil {
			t.Fatal(got.Problem)
		}
	}
	owner := b.asOwner()
	for _, table := range []string{"brand", "category"} {
		if _, err := owner.Exec(t.Context(), `update `+table+` set deleted_at = now(), version = 2`); err != nil {
			t.Fatal(err)
		}
	}
	change := func(version int64, f events.ProductFields) events.OperationState {
		return b.do(events.UpdateProduct.New(id, events.Change[events.ProductFields]{ExpectedVersion: version, Fields: f}))
	}
	fields.Name = "Green apple"
	if got := change(1, fields); got.Problem != nil {
		t.Fatal(got.Problem)
	}
	taken := productNamed("B-1", "Banana", 100)
	b.do(events.CreateProduct.New(events.NewID(), taken))
	fields.SKU = "B-1"
	if got := code(change(2, fields)); got != "sku_taken" {
		t.Errorf("what else is wrong is told: %q", got)
	}
	fields.SKU, fields.BrandID, fields.CategoryID = "A-1", "", ""
	if got := change(2, fields); got.Problem != nil {
		t.Fatal(got.Problem)
	}
	fields.BrandID, fields.CategoryID = brand, category
	got := change(3, fields)
	want := []events.FieldError{{Location: "body.brandId", Message: "there is none with this id"}, {Location: "body.categoryId", Message: "there is none with this id"}}
	if got.Problem == nil || !cmp.Equal(want, got.Problem.Errors) {
		t.Errorf("a reference to what is gone is taken: %+v", got.Problem)
	}
}

// chain makes categories each below the one before it, and gives their ids, the topmost first.
func (b *bench) chain(name, parent string, n int) (ids []string) {
	b.t.Helper()
	for i := range n {
		id := events.NewID()
		if got := b.do(events.CreateCategory.New(id, categoryNamed(fmt.Sprintf("%s-%d", name, i), parent))); got.Problem != nil {
			b.t.Fatalf("%s: level %d: %v", name, i+1, got.Problem)
		}
		ids, parent = append(ids, id), id
	}
	return ids
}

func (b *bench) move(id, name, parent string, version int64) string {
	b.t.Helper()
	return code(b.do(events.UpdateCategory.New(id, events.Change[events.CategoryFields]{ExpectedVersion: version, Fields: categoryNamed(name, parent)})))
}

func TestCategory_TheTreeHasTenLevels(t *testing.T) {
	t.Parallel()
	b := setup(t)
	long := b.chain("long", "", domain.MaxCategoryDepth)
	if got := code(b.do(events.CreateCategory.New(events.NewID(), categoryNamed("eleventh", long[9])))); got != "category_too_deep" {
		t.Errorf("an eleventh level: %q", got)
	}
	short := b.chain("short", "", 4)
	for parent, want := range map[int]string{6: "category_too_deep", 9: "category_too_deep"} {
		if got := b.move(short[0], "short-0", long[parent], 1); got != want {
			t.Errorf("four levels below level %d: %q, want %q", parent+1, got, want)
		}
	}
	if got := b.move(short[0], "short-0", long[5], 1); got != "" {
		t.Errorf("four levels below level 6: %q", got)
	}
	b.depth(short[3], 10)
}

// depth checks that a category's path begins at the top of the tree.
func (b *bench) depth(id string, want int) {
	b.t.Helper()
	state, err := getCategory(b.t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id}})
	if err != nil {
		b.t.Fatal(err)
	}
	top, err := getCategory(b.t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: state.Path[0].ID}})
	if err != nil || len(state.Path) != want || top.ParentID != "" || state.Path[want-1].ID != id {
		b.t.Errorf("the path has %d steps, want %d, and begins below %q: %v", len(state.Path), want, top.ParentID, err)
	}
}

// A tree that has grown too deep before there was a limit is shown as it is, and can be mended: nobody has to mend it to rename a leaf.
func TestCategory_ATreeThatIsTooDeep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := b.asOwner()
	var ids []string
	var parent *string
	for i := range 70 {
		id := events.NewID()
		if _, err := owner.Exec(t.Context(), `insert into category (id, created_at, updated_at, name, slug, parent_id) values ($1, now(), now(), $2, $2, $3)`,
			id, fmt.Sprintf("deep-%d", i), parent); err != nil {
			t.Fatal(err)
		}
		ids, parent = append(ids, id), &id
	}
	b.depth(ids[69], 70)
	if got := b.move(ids[69], "renamed", ids[68], 1); got != "" {
		t.Errorf("a leaf cannot be renamed: %q", got)
	}
	if got := b.move(ids[60], "deep-60", "", 1); got != "" {
		t.Errorf("ten levels cannot become a tree: %q", got)
	}
	if got := b.move(ids[59], "deep-59", ids[69], 1); got != "category_too_deep" {
		t.Errorf("a leaf is put below ten levels: %q", got)
	}
	b.depth(ids[69], 10)
}
