package db

import (
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// How products are found through what they refer to.
var (
	useOfBrand         = inbox.ByKey("number of products of a brand", domain.BrandUse.Stored)
	useOfCategory      = inbox.ByKey("number of products of a category", domain.CategoryUse.Stored)
	useOfFamily        = inbox.ByKey("number of products of a family", domain.FamilyUse.Stored)
	productsOfBrand    = inbox.Through("products that another brand takes")
	productsOfCategory = inbox.Through("products that another category takes")
	productsOfFamily   = inbox.Through("products that another family takes")
)

// moved are the products that brands, categories and families, the b-th, the c-th and the f-th parameter, leave to others: as many as one command moves, and one
// more, of all commands of a batch together. It looks one thing up after the other, so that it costs nothing when there is none.
func moved(b, c, f string) string {
	of := func(column, n string) string {
		return `select p.id from unnest($` + n + `::uuid[]) as k (id) cross join lateral (
			select id from product where ` + column + ` = k.id and deleted_at is null limit ` + strconv.Itoa(domain.MostMoved+1) + `) as p`
	}
	return `array(select id from (` + of("brand_id", b) + ` union all ` + of("category_id", c) + ` union all ` + of("family_id", f) + `) as m limit ` + strconv.Itoa(domain.MostMoved+1) + `)`
}

// useTable counts the products of what is to be deleted. It does so once the lock of that is held, which whoever gives a product a brand or a
// category needs, too: there are no more of them until the commit.
var useTable = inbox.Table{
	Read: inbox.Statement{
		SQL: counted("brand", "brand_id", "1") + ` union all ` + counted("category", "category_id", "2") + ` union all ` + counted("family", "family_id", "3"),
		By:  []*inbox.Need{useOfBrand, useOfCategory, useOfFamily},
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		tables := map[string]domain.Table[int64]{"brand": domain.BrandUse.Stored, "category": domain.CategoryUse.Stored, "family": domain.FamilyUse.Stored}
		var of, id string
		var n int64
		_, err := pgx.ForEachRow(answer, []any{&of, &id, &n}, func() error {
			tables[of].Load(rows, id, n)
			return nil
		})
		return err
	},
}

func counted(of, column, n string) string {
	return fmt.Sprintf(`
		select '%s', k.id::text, (select count(*) from (select from product where %s = k.id and deleted_at is null limit %d) as p)
		from unnest($%s::uuid[]) as k (id)`, of, column, domain.MostCounted+1, n)
}
