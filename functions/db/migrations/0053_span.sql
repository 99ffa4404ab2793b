-- +goose NO TRANSACTION
-- +goose Up

-- The spans of time that a moment lies in, the shortest 4 minutes long (2^8 seconds), each of the others 16 times as long as the one before, the longest
-- half a year. The index of words has them beside the words, and what a product belongs to: what was sought is then found among the products of a
-- time without a look at the others of that time. An index cannot be read in two orders, and that of words is read in its own.
-- +goose StatementBegin
create or replace function seconds(at timestamptz) returns bigint
    language sql immutable parallel safe
    return floor(date_part('epoch', at - timestamptz '1970-01-01 00:00:00+00'))::bigint;
-- +goose StatementEnd
-- +goose StatementBegin
create or replace function spans(at timestamptz) returns bigint[]
    language sql immutable parallel safe
    return array[
        seconds(at) >> 8 << 3, (seconds(at) >> 12 << 3) + 1, (seconds(at) >> 16 << 3) + 2, (seconds(at) >> 20 << 3) + 3, (seconds(at) >> 24 << 3) + 4];
-- +goose StatementEnd

-- One index for all of it: of two that know the time, or the place, the planner may take the one that knows nothing of the words. The two of before stay
-- until it is there; what was begun and not finished is made again.
drop index concurrently if exists "product: by words, time and place";
create index concurrently "product: by words, time and place"
    on product using gin (called, words, spans(created_at), (array[category_id, brand_id])) with (fastupdate = off) where deleted_at is null;
drop index concurrently if exists "product: by what it is called";
drop index concurrently if exists "product: by words";
analyze product;

-- +goose Down
drop index concurrently if exists "product: by what it is called";
drop index concurrently if exists "product: by words";
create index concurrently "product: by what it is called" on product using gin (called) with (fastupdate = off) where deleted_at is null;
create index concurrently "product: by words" on product using gin (words) with (fastupdate = off) where deleted_at is null;
drop index concurrently if exists "product: by words, time and place";
drop function spans(timestamptz);
drop function seconds(timestamptz);
