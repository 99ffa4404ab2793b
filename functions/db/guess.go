package db

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// newestWords is of how many of the newest products the words are read, in a shop of more than bigShop.
const (
	newestWords = 4096
	bigShop     = 300_000
)

// thereSQL is which of some words there are, $1. Those that newest products have, by $2 and $3, are read out of them: the index makes a list of all that
// have a word, and these are the common ones.
const thereSQL = `
	with newest as materialized (
		select distinct word
		from (select product.words from product where product.deleted_at is null and product.words @@ $2::tsquery and spans(product.created_at) && $3::bigint[]) product,
			unnest(tsvector_to_array(product.words)) word
		where word = any($1::text[]))
	select word from newest
	union all
	select word from unnest($1::text[]) word
	where word <> all(array(select word from newest))
		and exists (select from product where product.words @@ ('''' || word || '''')::tsquery and product.deleted_at is null)`

// guess is what may have been meant, by the words that there are.
func (q *search) guess(ctx context.Context, s *inbox.Store) ([]string, error) {
	typed := strings.Fields(strings.TrimPrefix(q.typed, "="))
	alike := domain.Alike(typed)
	if !q.asked.Plain || len(alike) == 0 {
		return nil, nil
	}
	newest := []int64{}
	if q.many > bigShop {
		newest = q.ages.Newest(newestWords)
	}
	rows, err := s.Reads.Query(ctx, thereSQL, alike, "'"+strings.Join(alike, "' | '")+"'", newest)
	if err != nil {
		return nil, err
	}
	there, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return domain.Mistyped(typed, q.asked.Open, func(word string) bool { return slices.Contains(there, word) }), err
}
