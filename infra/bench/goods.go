package bench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	vocabulary = 5000 // words that goods are described with
	makers     = 200  // brands
	departs    = 20   // categories at the top
	shelves    = 10   // categories in each
)

// goods makes up what a shop sells, the same each time. Words, brands and categories are as common as they are in a language and in a shop: the
// second has half as many as the first (Zipf).
type goods struct {
	*rand.Rand
	words              []string
	brands, categories []uuid.UUID // a category at the top is followed by its own
}

func newGoods() *goods {
	g := &goods{Rand: rand.New(rand.NewPCG(1, 2))} //nolint:gosec // figures are compared: it must be the same each time
	for i := range vocabulary {
		g.words = append(g.words, word(i))
	}
	for range makers {
		g.brands = append(g.brands, g.id())
	}
	for range departs * (1 + shelves) {
		g.categories = append(g.categories, g.id())
	}
	return g
}

// word is one of its own for each number, three to nine letters long.
func word(i int) string {
	var b strings.Builder
	for n := i + 1; n > 0; n /= 70 {
		b.WriteByte("bdfgklmnprstvz"[n%14])
		b.WriteByte("aeiou"[n/14%5])
	}
	b.WriteByte("lnrst"[i%5])
	return b.String()
}

// among is one of n numbers, the lowest the most often.
func (g *goods) among(n int) int { return int(math.Pow(float64(n), g.Float64())) % n }

func (g *goods) word() string { return g.words[g.among(vocabulary)] }

func (g *goods) text(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = g.word()
	}
	return strings.Join(words, " ")
}

func (g *goods) id() (id uuid.UUID) {
	for i := range id {
		id[i] = byte(g.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// sku of product n has parts.
func (g *goods) sku(n int) string {
	return fmt.Sprintf("%s-%d.%c", strings.ToUpper(g.words[n%vocabulary]), n, 'A'+n%26)
}

// row is product n. One in twenty is a draft.
func (g *goods) row(n int) []any {
	status := "published"
	if n%20 == 0 {
		status = "draft"
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	return []any{
		g.id(), at, at, g.sku(n), g.text(3 + n%3), g.text(20), int64(100 * math.Pow(1000, g.Float64())), "EUR", status,
		g.brands[g.among(makers)], g.categories[g.among(len(g.categories))],
	}
}

// begin makes brands and categories in a mart that has none.
func (g *goods) begin(ctx context.Context, db *pgx.Conn) error {
	const brands = `insert into brand (id, created_at, updated_at, name, slug) select id, now(), now(), 'Brand', 'brand-' || id from unnest($1::uuid[]) id`
	if _, err := db.Exec(ctx, brands, g.brands); err != nil {
		return fmt.Errorf("make brands: %w", err)
	}
	for top := 0; top < len(g.categories); top += 1 + shelves {
		const categories = `
			insert into category (id, created_at, updated_at, name, slug, parent_id)
			select id, now(), now(), 'Category', 'category-' || id, nullif($1, id) from unnest($2::uuid[]) id`
		if _, err := db.Exec(ctx, categories, g.categories[top], g.categories[top:top+1+shelves]); err != nil {
			return fmt.Errorf("make categories: %w", err)
		}
	}
	return nil
}

// more adds products from number first up to end. A tenth is out of stock. The indexes of words are made again when all are there, which is
// quicker.
func (g *goods) more(ctx context.Context, db *pgx.Conn, first, end int) error {
	columns := []string{"id", "created_at", "updated_at", "sku", "name", "description", "amount", "currency", "status", "brand_id", "category_id"}
	rows, err := db.Query(ctx, `select indexname::text, indexdef from pg_indexes where tablename = 'product' and indexdef ilike '% using gin %'`)
	if err != nil {
		return err
	}
	var name, definition string
	var drop, again []string
	if _, err := pgx.ForEachRow(rows, []any{&name, &definition}, func() error {
		drop, again = append(drop, "drop index "+pgx.Identifier{name}.Sanitize()), append(again, definition)
		return nil
	}); err != nil {
		return fmt.Errorf("look for the indexes of products: %w", err)
	}
	for _, sql := range drop {
		if _, err := db.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	n := first - 1
	if _, err := db.CopyFrom(ctx, pgx.Identifier{"product"}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		if n++; n >= end {
			return nil, nil
		}
		return g.row(n), nil
	})); err != nil {
		return fmt.Errorf("make products: %w", err)
	}
	const stock = `
		insert into stock (product_id, updated_at, on_hand) select id, now(), case when hashtext(id::text) % 10 = 0 then 0 else 9 end from product
		where not exists (select from stock where product_id = product.id)`
	for _, sql := range append(append(again, stock), "vacuum analyze product", "vacuum analyze stock", "analyze category", "analyze brand") {
		if _, err := db.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}
