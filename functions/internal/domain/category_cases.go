package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// CategoryRows are the categories: with one, all above and below it.
var CategoryRows = Table[Row[events.CategoryState]]{"category"}

// Categories is how categories are decided.
var Categories = Plain[events.CategoryFields, events.CategoryState]{
	Noun: "category", Rows: CategoryRows,
	Of: func(m events.Meta, f events.CategoryFields) events.CategoryState {
		return events.CategoryState{Meta: m, CategoryFields: f}
	},
	Meta:  func(s *events.CategoryState) *events.Meta { return &s.Meta },
	Check: checkCategory,
	Leave: func(c Case, id string) error {
		if isTaken(c, CategoryRows, func(s events.CategoryState) bool { return s.ParentID == id }) {
			return events.Refuse("category_not_empty", "There are categories below this one; move or delete them first.")
		}
		return nil
	},
	Use: &CategoryUse,
	Tell: func(c Case, s events.CategoryState) events.CategoryState {
		s.Path = c.path(s.ID)
		return s
	},
	Created: events.CategoryCreated, Updated: events.CategoryUpdated, Deleted: events.CategoryDeleted,
}

var (
	// CategorySlugTaken refuses a second live category of one slug.
	CategorySlugTaken = events.Refuse("slug_taken", "Another category has this slug; choose another one.")
	unknownParent     = events.Invalid(events.FieldError{Location: "body.parentId", Message: "there is no such category"})
)

// checkCategory says whether a category may have these fields: its slug is free, and where its parent is another than before, that one is
// there, not below it, and not so deep that the tree would become too deep with all that moves.
func checkCategory(c Case, id string, f events.CategoryFields) error {
	if isTaken(c, CategoryRows, func(s events.CategoryState) bool { return s.Slug == f.Slug && s.ID != id }) {
		return CategorySlugTaken
	}
	before, _ := CategoryRows.Get(c.Rows, id)
	if f.ParentID == "" || f.ParentID == before.State.ParentID {
		return nil
	}
	if !isLive(c, CategoryRows, f.ParentID) {
		return unknownParent
	}
	return CategoryPlace(id, c.path(f.ParentID), c.levels(id, MaxCategoryDepth))
}

// path is the way from the top of the tree to a category.
func (c Case) path(id string) (path []events.Breadcrumb) {
	seen := map[string]bool{}
	for id != "" && !seen[id] {
		row, _ := CategoryRows.Get(c.Rows, id)
		path = append(path, events.Breadcrumb{ID: id, Name: row.State.Name, Slug: row.State.Slug})
		seen[id], id = true, row.State.ParentID
	}
	slices.Reverse(path)
	return path
}

// levels counts the levels of what is moved with a category, its own among them; more than at most count as one more.
func (c Case) levels(id string, atMost int) int {
	deepest := 1
	if atMost == 0 {
		return deepest
	}
	for row := range CategoryRows.All(c.Rows) {
		if row.DeletedAt == nil && row.State.ParentID == id {
			deepest = max(deepest, 1+c.levels(row.State.ID, atMost-1))
		}
	}
	return deepest
}
