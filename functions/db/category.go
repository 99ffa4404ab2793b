package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const (
	categoryColumns = `category.id::text, category.version, category.created_at, category.updated_at, category.name, category.slug,
		coalesce(category.parent_id::text, ''),
		(with recursive up as (
			select id, name, slug, parent_id, 1 as depth from category leaf where leaf.id = category.id
			union all
			select p.id, p.name, p.slug, p.parent_id, depth + 1 from category p join up on p.id = up.parent_id
		) cycle id set again using trail
		select array_agg(id::text order by depth desc) || array_agg(name order by depth desc) || array_agg(slug order by depth desc) from up)`
	getCategorySQL = `select ` + categoryColumns + ` from category where id = $1 and deleted_at is null`
	// lockTree lets one transaction at a time shape the tree: without it two moves could close a cycle, each seeing none.
	lockTree       = `select pg_advisory_xact_lock(hashtextextended('mart: the tree of categories', 0))`
	createCategory = `
		insert into category (id, created_at, updated_at, name, slug, parent_id) values ($1, $2, $2, $3, $4, $5)
		on conflict do nothing`
	updateCategory = `
		update category set name = $3, slug = $4, parent_id = $5, version = version + 1, updated_at = $2 where id = $1`
	removeCategory = `update category set deleted_at = $2, version = version + 1, updated_at = $2 where id = $1`
	// levelsBelow counts the levels of what is moved with a category, its own among them; more than the tree may have count as one more.
	levelsBelow = `
		with recursive below as (
			select id, 1 as depth from category where id = $1
			union all
			select c.id, depth + 1 from category c join below on c.parent_id = below.id where c.deleted_at is null and depth <= $2
		) select coalesce(max(depth), 1) from below`
)

var (
	categorySlugTaken = events.Refuse("slug_taken", "Another category has this slug; choose another one.")
	categoryList      = listing[events.CategoryState]{
		columns: categoryColumns,
		from:    `category where category.deleted_at is null`,
		id:      `category.id`,
		orders:  map[string]column{"createdAt": {`category.created_at`, "timestamptz"}, "name": {`category.name collate "C"`, "text"}},
		usual:   "name",
		scan:    scanCategory,
	}
)

var categoryMutations = []mutation{
	on(events.CreateCategory, func(ctx context.Context, tx *Tx, c events.Received[events.CategoryFields]) ([]events.Outgoing, error) {
		if err := placeCategory(ctx, tx, c.Subject, c.Data); err != nil {
			return nil, err
		}
		made, err := tx.Exec(ctx, createCategory, c.Subject, tx.Now, c.Data.Name, c.Data.Slug, orNull(c.Data.ParentID))
		if err == nil && made == 0 {
			err = events.Refuse("already_exists", "There is or was a category %s already.", c.Subject)
		}
		return categoryIs(ctx, tx, c.Subject, events.CategoryCreated, err)
	}, domain.Category),
	on(events.UpdateCategory, func(ctx context.Context, tx *Tx, c events.Received[events.Change[events.CategoryFields]]) ([]events.Outgoing, error) {
		f := c.Data.Fields
		if err := categoryAt(ctx, tx, c.Subject, c.Data.ExpectedVersion); err != nil {
			return nil, err
		}
		if err := placeCategory(ctx, tx, c.Subject, f); err != nil {
			return nil, err
		}
		_, err := tx.Exec(ctx, updateCategory, c.Subject, tx.Now, f.Name, f.Slug, orNull(f.ParentID))
		return categoryIs(ctx, tx, c.Subject, events.CategoryUpdated, err)
	}, ofChange(domain.Category)),
	on(events.DeleteCategory, func(ctx context.Context, tx *Tx, c events.Received[events.Deletion]) ([]events.Outgoing, error) {
		if err := categoryAt(ctx, tx, c.Subject, c.Data.ExpectedVersion); err != nil {
			return nil, err
		}
		var parent bool
		err := tx.QueryRow(ctx, `select exists (select from category where parent_id = $1 and deleted_at is null)`, c.Subject).Scan(&parent)
		if err == nil && parent {
			err = events.Refuse("category_not_empty", "There are categories below this one; move or delete them first.")
		}
		if err != nil {
			return nil, err
		}
		_, err = tx.Exec(ctx, removeCategory, c.Subject, tx.Now)
		return categoryIs(ctx, tx, c.Subject, events.CategoryDeleted, err)
	}),
}

// categoryAt locks the tree and checks that a category still has the expected version.
func categoryAt(ctx context.Context, tx *Tx, id string, expected int64) error {
	if err := tx.Lock(ctx, lockTree); err != nil {
		return err
	}
	var version int64
	err := tx.QueryRow(ctx, `select version from category where id = $1 and deleted_at is null`, id).Scan(&version)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return events.NotFound("category", id)
	case err == nil && version != expected:
		return events.Stale("category", version)
	}
	return err
}

// placeCategory checks that a category may have these fields: its slug is free, and where its parent is another than before, that one is
// there, not below it, and not so deep that the tree would become too deep with all that moves.
func placeCategory(ctx context.Context, tx *Tx, id string, f events.CategoryFields) error {
	if err := tx.Lock(ctx, lockTree); err != nil {
		return err
	}
	if err := taken(ctx, tx, `select from category where slug = $1 and id <> $2 and deleted_at is null`, f.Slug, id, categorySlugTaken); err != nil || f.ParentID == "" {
		return err
	}
	var stays bool
	if err := tx.QueryRow(ctx, `select exists (select from category where id = $1 and parent_id = $2)`, id, f.ParentID).Scan(&stays); err != nil || stays {
		return err
	}
	rows, err := tx.Query(ctx, getCategorySQL, f.ParentID)
	if err != nil {
		return err
	}
	parent, err := pgx.CollectExactlyOneRow(rows, scanCategory)
	if errors.Is(err, pgx.ErrNoRows) {
		return unknownParent
	}
	if err != nil {
		return err
	}
	var levels int
	if err := tx.QueryRow(ctx, levelsBelow, id, domain.MaxCategoryDepth).Scan(&levels); err != nil {
		return err
	}
	return domain.CategoryPlace(id, parent.Path, levels)
}

var unknownParent = events.Invalid(events.FieldError{Location: "body.parentId", Message: "there is no such category"})

func categoryIs(ctx context.Context, tx *Tx, id string, done events.Message[events.CategoryState], err error) ([]events.Outgoing, error) {
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `select `+categoryColumns+` from category where id = $1`, id)
	if err != nil {
		return nil, err
	}
	state, err := pgx.CollectExactlyOneRow(rows, scanCategory)
	return events.Send(done.New(id, state)), err
}

func scanCategory(row pgx.CollectableRow) (c events.CategoryState, err error) {
	var path []string // ids, names, slugs
	err = row.Scan(&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.Name, &c.Slug, &c.ParentID, &path)
	utc(&c.Meta)
	n := len(path) / 3
	c.Path = make([]events.Breadcrumb, n)
	for i := range c.Path {
		c.Path[i] = events.Breadcrumb{ID: path[i], Name: path[n+i], Slug: path[2*n+i]}
	}
	return c, err
}

func (s *Store) getCategory(ctx context.Context, e events.Received[events.Lookup]) (events.CategoryState, error) {
	return atLeast(ctx, s.news, "category", e.Data.ID, e.Data.MinVersion, func() (events.CategoryState, int64, error) {
		rows, err := s.reads.Query(ctx, getCategorySQL, e.Data.ID)
		if err != nil {
			return events.CategoryState{}, 0, err
		}
		state, err := pgx.CollectExactlyOneRow(rows, scanCategory)
		return state, state.Version, err
	})
}

func (s *Store) listCategories(ctx context.Context, e events.Received[events.CategoryFilter]) (events.Page[events.CategoryState], error) {
	f := &filter{}
	if e.Data.ParentID != "" {
		f.and(`category.parent_id::text = ?`, e.Data.ParentID)
	}
	return categoryList.page(ctx, s.reads, e.Data.Paging, f)
}
