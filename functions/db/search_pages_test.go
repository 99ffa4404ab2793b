package db

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
)

// mixed is a shop of products that were made in bursts and after long pauses, of words from common to rare, and what it may be asked.
type mixed struct {
	*rand.Rand
	words                        []string
	brands, categories, families []string
}

func (m *mixed) word() string { return m.words[int(math.Pow(float64(len(m.words)), m.Float64()))-1] }

func (m *mixed) text(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = m.word()
	}
	return strings.Join(words, " ")
}

func (m *mixed) one(of []string) string { return of[m.IntN(len(of))] }

// stock makes so many products, in no order.
func (m *mixed) stock(b *bench, owner *pgx.Conn, many int) {
	at, rows := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), make([][]any, many)
	pauses := []time.Duration{0, 0, time.Second, time.Minute, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour}
	for i := range rows {
		at = at.Add(time.Duration(m.Int64N(1 + int64(pauses[m.IntN(len(pauses))]))).Truncate(time.Microsecond))
		var gone *time.Time
		if m.IntN(50) == 0 {
			gone = &at
		}
		var family *string
		options := "{}"
		if m.IntN(3) == 0 {
			family, options = new(m.one(m.families)), fmt.Sprintf(`{"n":"%d"}`, i)
		}
		rows[i] = []any{
			events.NewID(), at, at, fmt.Sprintf("%s-%d", strings.ToUpper(m.word()), i), m.text(1 + m.IntN(4)), m.text(m.IntN(12)), m.IntN(1000), "EUR",
			[]string{"published", "published", "draft"}[m.IntN(3)], m.one(m.brands), m.one(m.categories), gone, family, options,
		}
	}
	m.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	columns := []string{"id", "created_at", "updated_at", "sku", "name", "description", "amount", "currency", "status", "brand_id", "category_id", "deleted_at", "family_id", "options"}
	if _, err := owner.CopyFrom(b.t.Context(), pgx.Identifier{"product"}, columns, pgx.CopyFromRows(rows)); err != nil {
		b.t.Fatal(err)
	}
	for _, sql := range []string{
		`insert into stock (product_id, updated_at, on_hand) select id, now(), abs(hashtext(id::text)) % 3 from product`, `analyze product`,
	} {
		if _, err := owner.Exec(b.t.Context(), sql); err != nil {
			b.t.Fatal(err)
		}
	}
}

// question is one of those that may be asked.
func (m *mixed) question() events.ProductFilter {
	q := events.ProductFilter{Text: m.text(1 + m.IntN(2))}
	switch m.IntN(6) {
	case 0:
		q.Text = q.Text[:max(len(q.Text)-1, 2)]
	case 1:
		q.Text = q.Text[:1] + "x" + q.Text[1:]
	case 2:
		q.Text += " -" + m.word()
	}
	if m.IntN(3) == 0 {
		q.CategoryID = m.one(m.categories)
	}
	if m.IntN(5) == 0 {
		q.BrandID = m.one(m.brands)
	}
	if m.IntN(5) == 0 {
		q.MinPrice = new(m.Int64N(1000))
	}
	if m.IntN(2) == 0 {
		q.Status = events.ProductPublished
	}
	if m.IntN(8) == 0 {
		q.Sort = m.one([]string{"-createdAt", "createdAt", "price"})
	}
	q.InStock = m.IntN(3) == 0
	return q
}

// pagesOf reads all that a search finds, page by page, as if there were so many products: of few all are read at once, of many some after others.
func pagesOf[T any](b *bench, q events.ProductFilter, many int64, list pg.Listing[T], id func(T) string) (ids []string) {
	b.t.Helper()
	categories, err := below(b.t.Context(), b.store, q.CategoryID)
	if err != nil {
		b.t.Fatal(err)
	}
	for {
		s, err := newSearch(b.t.Context(), b.store, q)
		if err != nil {
			b.t.Fatal(err)
		}
		s.many, s.ages = many, b.ages(many)
		page, err := found(b.t.Context(), b.store, s, categories, list)
		if err != nil {
			b.t.Fatalf("%+v of %d: %v", q, many, err)
		}
		for _, item := range page.Items {
			ids = append(ids, id(item))
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return ids
		}
		if len(page.Items) != q.Limit {
			b.t.Fatalf("%+v of %d: %d on a page that is not the last", q, many, len(page.Items))
		}
	}
}

// ages are how old the products are, as if there were so many; none of so few that nobody asks.
func (b *bench) ages(many int64) *pg.Ages {
	if many <= smallShop {
		return nil
	}
	var newest, oldest *time.Time
	var bounds []time.Time
	if err := b.store.Reads.QueryRow(b.t.Context(), `
		select max(created_at), min(created_at), (select histogram_bounds::text::timestamptz[] from pg_stats where tablename = 'product' and attname = 'created_at')
		from (select created_at from product where deleted_at is null order by created_at desc, id desc limit 300) newest`).Scan(&newest, &oldest, &bounds); err != nil {
		b.t.Fatal(err)
	}
	return pg.NewAges(many, newest, oldest, bounds)
}

// What is read of spans of time, of the first products one by one or of all at once is the same.
func TestSearch_FindsTheSameWhereverItLooks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := b.asOwner()
	m := &mixed{Rand: rand.New(rand.NewPCG(10, 53))} //nolint:gosec // the same each time
	for i := range 400 {
		m.words = append(m.words, fmt.Sprintf("%c%c%c%c", 'a'+i%20, "aeiou"[i%5], 'b'+i/20%20, "lnrst"[i/5%5]))
	}
	for _, kind := range []struct {
		ids *[]string
		sql string
	}{
		{&m.brands, `insert into brand (id, created_at, updated_at, name, slug) select gen_random_uuid(), now(), now(), 'B', 'b' || n from generate_series(1, 9) n returning id::text`},
		{&m.categories, `insert into category (id, created_at, updated_at, name, slug) select gen_random_uuid(), now(), now(), 'C', 'c' || n from generate_series(1, 30) n returning id::text`},
		{&m.families, `insert into family (id, created_at, updated_at, name, slug, description, options) select gen_random_uuid(), now(), now(), 'F', 'f' || n, '', '[]' from generate_series(1, 200) n returning id::text`},
	} {
		rows, err := owner.Query(t.Context(), kind.sql)
		if err != nil {
			t.Fatal(err)
		}
		*kind.ids = must(pgx.CollectRows(rows, pgx.RowTo[string]))
	}
	if _, err := owner.Exec(t.Context(), `update category set parent_id = $1 where id = any($2)`, m.categories[0], m.categories[1:6]); err != nil {
		t.Fatal(err)
	}
	m.stock(b, owner, 5000)
	product := func(p events.ProductState) string { return p.ID }
	group := func(p events.ProductGroup) string { return p.ID }
	some := 0
	for range 100 {
		q := m.question()
		all := q
		all.Limit = 10_000
		want := pagesOf(b, all, 0, productList, product)
		some += min(len(want), 1)
		q.Limit = 1 + len(want)/(1+m.IntN(5)) // a few pages
		for _, many := range []int64{5000, 5_000_000} {
			if diff := cmp.Diff(want, pagesOf(b, q, many, productList, product)); diff != "" {
				t.Fatalf("%+v, as of %d (-all at once +page by page):\n%s", q, many, diff)
			}
		}
		if m.IntN(4) > 0 {
			continue
		}
		if diff := cmp.Diff(pagesOf(b, all, 0, groupList, group), pagesOf(b, q, 5_000_000, groupList, group)); diff != "" {
			t.Fatalf("%+v, in families (-all at once +page by page):\n%s", q, diff)
		}
	}
	if some < 60 {
		t.Errorf("only %d of the questions find something", some)
	}
}
