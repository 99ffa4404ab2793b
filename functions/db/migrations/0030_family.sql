-- +goose Up

-- What products are the same thing in several sizes, colours and the like.
create table family (
    id          uuid        not null,
    version     bigint      not null default 1,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    deleted_at  timestamptz,
    name        text        not null,
    slug        text        not null,
    description text        not null,
    options     jsonb       not null,
    constraint "a family has one row" primary key (id),
    constraint "family versions count from one" check (version >= 1),
    constraint "a family has a name" check (name <> '')
);
create unique index "live families have different slugs" on family (slug) where deleted_at is null;
create index "family: newest first" on family (created_at, id) where deleted_at is null;
create index "family: by name" on family (name collate "C", id) where deleted_at is null;

revoke all on family from mart;
grant select, insert, update on family to mart;

-- A release that knows no families leaves a product where it is.
alter table product
    add column family_id uuid,
    add column options jsonb not null default '{}',
    add constraint "a product's family exists" foreign key (family_id) references family (id),
    add constraint "options are of a family" check (family_id is not null or options = '{}');
create unique index "products of a family differ in an option" on product (family_id, options) where deleted_at is null and family_id is not null;

-- A brand's and a category's products by price: no more are read than are shown.
create index "product: by brand and price" on product (brand_id, amount, id) where deleted_at is null;
create index "product: by category and price" on product (category_id, amount, id) where deleted_at is null;

-- +goose Down
drop index "product: by brand and price", "product: by category and price";
alter table product drop column options, drop column family_id;
drop table family;
