-- +goose Up

create table brand (
    id          uuid        not null,
    version     bigint      not null default 1,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    deleted_at  timestamptz,
    name        text        not null,
    slug        text        not null,
    description text        not null default '',
    constraint "a brand has one row" primary key (id),
    constraint "brand versions count from one" check (version >= 1),
    constraint "a brand has a name" check (name <> '')
);

create unique index "live brands have different slugs" on brand (slug) where deleted_at is null;
create index "brand: newest first" on brand (created_at, id) where deleted_at is null;
create index "brand: by name" on brand (name collate "C", id) where deleted_at is null;

create table category (
    id         uuid        not null,
    version    bigint      not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    name       text        not null,
    slug       text        not null,
    parent_id  uuid,
    constraint "a category has one row" primary key (id),
    constraint "a category's parent exists" foreign key (parent_id) references category (id),
    constraint "a category is not its own parent" check (parent_id <> id),
    constraint "category versions count from one" check (version >= 1),
    constraint "a category has a name" check (name <> '')
);

create unique index "live categories have different slugs" on category (slug) where deleted_at is null;
create index "category: newest first" on category (created_at, id) where deleted_at is null;
create index "category: by name" on category (name collate "C", id) where deleted_at is null;
create index "category: children" on category (parent_id) where deleted_at is null;

create table product (
    id          uuid        not null,
    version     bigint      not null default 1,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    deleted_at  timestamptz,
    sku         text        not null,
    name        text        not null,
    description text        not null default '',
    amount      bigint      not null,
    currency    text        not null,
    brand_id    uuid,
    category_id uuid,
    image_url   text        not null default '',
    status      text        not null,
    words       tsvector    not null generated always as (
        setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', sku), 'A') || setweight(to_tsvector('simple', description), 'B')
    ) stored,
    constraint "a product has one row" primary key (id),
    constraint "a product's brand exists" foreign key (brand_id) references brand (id),
    constraint "a product's category exists" foreign key (category_id) references category (id),
    constraint "a price is not negative" check (amount >= 0),
    constraint "a currency has three letters" check (currency ~ '^[A-Z]{3}$'),
    constraint "a product is draft, published or archived" check (status in ('draft', 'published', 'archived')),
    constraint "product versions count from one" check (version >= 1),
    constraint "a product has a name" check (name <> '')
);

create unique index "live products have different SKUs" on product (sku) where deleted_at is null;
create index "product: newest first" on product (created_at, id) where deleted_at is null;
create index "product: by name" on product (name collate "C", id) where deleted_at is null;
create index "product: by price" on product (amount, id) where deleted_at is null;
create index "product: by brand" on product (brand_id) where deleted_at is null;
create index "product: by category" on product (category_id) where deleted_at is null;
create index "product: by words" on product using gin (words) with (fastupdate = off) where deleted_at is null;

-- What can be sold. The constraint refuses an oversell to everybody, raw SQL included.
create table stock (
    product_id uuid        not null,
    on_hand    bigint      not null default 0,
    reserved   bigint      not null default 0,
    version    bigint      not null default 1,
    updated_at timestamptz not null,
    constraint "a product has one stock level" primary key (product_id),
    constraint "stock is of a product" foreign key (product_id) references product (id),
    constraint "what is reserved is on hand" check (reserved >= 0 and reserved <= on_hand)
) with (fillfactor = 50);

revoke all on brand, category, product, stock from mart;
grant select, insert, update on brand, category, product, stock to mart;

-- +goose Down
drop table stock, product, category, brand;
