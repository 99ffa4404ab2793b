-- +goose Up

-- How goods are sent, where to, and what it costs.
create table shipping_method (
    id          uuid        not null,
    version     bigint      not null default 1,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    deleted_at  timestamptz,
    name        text        not null,
    description text        not null,
    zones       jsonb       not null,
    price       jsonb       not null,
    min_days    bigint      not null,
    max_days    bigint      not null,
    tax_class   text        not null,
    status      text        not null,
    constraint "a shipping method has one row" primary key (id),
    constraint "shipping method versions count from one" check (version >= 1),
    constraint "a shipping method has a name" check (name <> ''),
    constraint "goods arrive in some days, not in fewer than that" check (min_days >= 0 and max_days >= min_days),
    constraint "a shipping method is active or retired" check (status in ('active', 'retired'))
);
create index "shipping method: newest first" on shipping_method (created_at, id) where deleted_at is null;
create index "shipping method: by name" on shipping_method (name collate "C", id) where deleted_at is null;

-- A range of texts, so that texts can be compared in an exclusion constraint; btree_gist would do as well, and is not on every server.
create type text_range as range (subtype = text, collation = "C");

-- What is owed where, on what and when; two rates of one thing never hold at the same moment.
create table tax_rate (
    id         uuid        not null,
    version    bigint      not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    name       text        not null,
    country    text        not null,
    region     text        not null,
    tax_class  text        not null,
    alike      text        not null generated always as (country || '/' || region || '/' || tax_class) stored,
    rate       bigint      not null,
    included   boolean     not null,
    valid_from timestamptz not null,
    valid_to   timestamptz,
    constraint "a tax rate has one row" primary key (id),
    constraint "tax rate versions count from one" check (version >= 1),
    constraint "a tax rate has a name" check (name <> ''),
    constraint "a tax rate is not negative" check (rate >= 0),
    constraint "a tax rate ends after it has begun" check (valid_to > valid_from),
    constraint "one tax rate holds at a time" exclude using gist (
        text_range(alike, alike, '[]') with &&, tstzrange(valid_from, valid_to) with &&
    ) where (deleted_at is null)
);
create index "tax rate: newest first" on tax_rate (created_at, id) where deleted_at is null;
create index "tax rate: by country" on tax_rate (country collate "C", id) where deleted_at is null;
create index "tax rate: of one kind" on tax_rate (alike) where deleted_at is null;

revoke all on shipping_method, tax_rate from mart;
grant select, insert, update on shipping_method, tax_rate to mart;

-- +goose Down
drop table shipping_method, tax_rate;
drop type text_range;
