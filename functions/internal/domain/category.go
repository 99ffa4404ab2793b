package domain

import (
	"strings"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/events"
)

// MaxCategoryDepth is how deep the tree may be; nobody browses deeper, and it bounds every walk along a path.
const MaxCategoryDepth = 10

var categoryLimits = limitsOf[events.CategoryFields]()

// Category is a category's fields as they are stored: trimmed, with a slug. Error: 422 with every fault.
func Category(f events.CategoryFields) (events.CategoryFields, error) {
	var faults faults
	f.Name = faults.name("body.name", f.Name, categoryLimits["name"])
	f.Slug = faults.slug("body.slug", f.Slug, f.Name, categoryLimits["slug"])
	f.ParentID = faults.id("body.parentId", f.ParentID)
	return f, faults.problem()
}

// CategoryPlace decides whether the category id may hang below a parent with this path (from the root, the parent last), together with
// what hangs below it: levels counts its own level and theirs. Errors: category_cycle when it would become its own ancestor,
// category_too_deep.
func CategoryPlace(id string, parent []events.Breadcrumb, levels int) error {
	for _, step := range parent {
		if step.ID == id {
			return events.Refuse("category_cycle", "A category cannot be part of itself: %s is below it.", parent[len(parent)-1].Name)
		}
	}
	if len(parent)+levels > MaxCategoryDepth {
		return events.Refuse("category_too_deep", "The tree of categories may be %d levels deep, and this would be deeper; choose a parent nearer to its root.", MaxCategoryDepth)
	}
	return nil
}

// id is a UUID in its canonical form, or nothing.
func (f *faults) id(location, value string) string {
	if value == "" {
		return ""
	}
	id, err := uuid.Parse(value)
	if err != nil || !strings.EqualFold(id.String(), value) {
		f.add(location, "must be a UUID such as 0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d")
	}
	return strings.ToLower(value)
}
