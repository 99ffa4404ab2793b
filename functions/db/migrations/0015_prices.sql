-- +goose Up

-- What products cost and when they did. A product that is there already has cost what it costs since it was last changed.
create table product_price (
    product_id uuid        not null references product,
    version    bigint      not null,
    since      timestamptz not null,
    amount     bigint      not null,
    currency   text        not null,
    offered    boolean     not null,
    primary key (product_id, version)
);
insert into product_price (product_id, version, since, amount, currency, offered)
    select id, version, updated_at, amount, currency, status = 'published' from product where deleted_at is null;
create trigger append_only before update or delete or truncate on product_price for each statement execute function refuse_change();
revoke all on product_price from mart;
grant select, insert on product_price to mart;

-- What a product that has become cheaper did cost, in its currency.
alter table product
    add column was_amount bigint,
    add column lowest_prior_amount bigint,
    add constraint "who tells what a product did cost tells the lowest price, too" check ((was_amount is null) = (lowest_prior_amount is null));

-- +goose Down
alter table product drop column was_amount, drop column lowest_prior_amount;
drop table product_price;
