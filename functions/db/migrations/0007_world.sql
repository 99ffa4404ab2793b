-- +goose Up

-- Folding is the program's: what it lowers depends on more than one letter at a time, and lower() on the cluster's locale. Here it is
-- only made sure that nobody stores an address as it was typed.
alter table staff drop constraint "staff addresses are folded";
alter table staff add constraint "staff addresses are folded" check (email = lower(email collate "C"));
alter table customer drop constraint "customer addresses are folded";
alter table customer add constraint "customer addresses are folded" check (email = lower(email collate "C"));

-- The words of a text as a search sees them: in one form of each letter, and with every sign between them for a space. Without it the
-- parser takes bread/butter for a path, v1.2 for a version, lamp-200 for a negative number, and finds their words nowhere.
-- +goose StatementBegin
create function searchable(what text) returns text
    language sql immutable parallel safe
    return translate(normalize(what, NFKC), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32));
-- +goose StatementEnd

alter table product drop column words;
alter table product add column words tsvector not null generated always as (
    setweight(to_tsvector('simple', searchable(name)), 'A') || setweight(to_tsvector('simple', searchable(sku)), 'A')
        || setweight(to_tsvector('simple', searchable(description)), 'B')
) stored;
create index "product: by words" on product using gin (words) with (fastupdate = off) where deleted_at is null;

-- +goose Down
alter table product drop column words;
alter table product add column words tsvector not null generated always as (
    setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', sku), 'A') || setweight(to_tsvector('simple', description), 'B')
) stored;
create index "product: by words" on product using gin (words) with (fastupdate = off) where deleted_at is null;
drop function searchable(text);
alter table customer drop constraint "customer addresses are folded";
alter table customer add constraint "customer addresses are folded" check (email = lower(email));
alter table staff drop constraint "staff addresses are folded";
alter table staff add constraint "staff addresses are folded" check (email = lower(email));
