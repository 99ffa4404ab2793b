-- +goose Up

-- A text in one form of each letter: small, without accents, however it was composed. It needs no extension (unaccent would do as well, and
-- is not on every server, nor may every owner of a database add it) and no dictionary, so that what is stored stays right whatever a server's say.
-- Most texts have only letters that need none of it.
-- +goose StatementBegin
create function folded(what text) returns text
    language sql immutable parallel safe
    return case when octet_length(what) = length(what) then lower(what collate "C") else
        replace(replace(replace(replace(translate(lower(normalize(
            regexp_replace(normalize(what, NFKD), '[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]', '', 'g'), NFKC)),
            'øđðłħŧıς', 'oddlhtiσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') end;
-- +goose StatementEnd

-- The words of a text beside a sign between them are also one word: t-shirt is tshirt, LAMP-200.B is lamp200b, Levi's is Levis.
-- +goose StatementBegin
create function joined(what text) returns text
    language sql immutable parallel safe
    return case when what ~ '[[:alnum:]][-./_''’][[:alnum:]]'
        then regexp_replace(what, '(?<=[[:alnum:]])[-./_''’](?=[[:alnum:]])', '', 'g') else '' end;
-- +goose StatementEnd

alter table product drop column words;

-- +goose StatementBegin
create or replace function searchable(what text) returns text
    language sql immutable parallel safe
    return regexp_replace(folded(what), '[!-/:-@[-`{-~]', ' ', 'g');
-- +goose StatementEnd

-- called is by what a product is called, its name and its SKU, each whole and in words; words is that, and what its description says. They are
-- two columns, each with its index, because a word that is in many descriptions may be in few names: whoever looks for it there does not read the
-- others. A lexeme has 2,046 bytes at most, and a letter may be decomposed to many: of what is longer the beginning must do.
-- +goose StatementBegin
create function whole(what text) returns text
    language sql immutable parallel safe
    return '=' || left(btrim(regexp_replace(searchable(what), '\s+', ' ', 'g')), 500);
-- +goose StatementEnd
-- +goose StatementBegin
create function called(name text, sku text) returns tsvector
    language sql immutable parallel safe
    return array_to_tsvector(array[whole(name), whole(sku)]) || to_tsvector('simple', searchable(name)) || to_tsvector('simple', searchable(joined(name)))
        || to_tsvector('simple', searchable(sku)) || to_tsvector('simple', searchable(joined(sku)));
-- +goose StatementEnd
alter table product
    add column called tsvector not null generated always as (called(name, sku)) stored,
    add column words tsvector not null generated always as (called(name, sku) || to_tsvector('simple', searchable(description))) stored;

create index "product: by what it is called" on product using gin (called) with (fastupdate = off) where deleted_at is null;
create index "product: by words" on product using gin (words) with (fastupdate = off) where deleted_at is null;
-- A brand's and a category's products, the newest first: no more are read than are shown.
drop index "product: by brand";
drop index "product: by category";
create index "product: by brand" on product (brand_id, created_at, id) where deleted_at is null;
create index "product: by category" on product (category_id, created_at, id) where deleted_at is null;

analyze product;

-- +goose Down
drop index "product: by brand";
create index "product: by brand" on product (brand_id) where deleted_at is null;
drop index "product: by category";
create index "product: by category" on product (category_id) where deleted_at is null;
alter table product drop column words, drop column called;
drop function called(text, text);
drop function whole(text);
-- +goose StatementBegin
create or replace function searchable(what text) returns text
    language sql immutable parallel safe
    return translate(normalize(what, NFKC), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32));
-- +goose StatementEnd
drop function joined(text);
drop function folded(text);
alter table product add column words tsvector not null generated always as (
    setweight(to_tsvector('simple', searchable(name)), 'A') || setweight(to_tsvector('simple', searchable(sku)), 'A')
        || setweight(to_tsvector('simple', searchable(description)), 'B')
) stored;
create index "product: by words" on product using gin (words) with (fastupdate = off) where deleted_at is null;
