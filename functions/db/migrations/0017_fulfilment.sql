-- +goose Up

-- What has become of parts of an order: one document, in ciphertexts where it is personal, because it is read and written with its order alone.
alter table orders add column parts jsonb not null default '{}';
grant update (parts) on orders to mart;

-- Its sums by product, in pieces, from the first part on.
create table order_goods (
    order_id   uuid   not null,
    product_id uuid   not null,
    ordered    bigint not null,
    sent       bigint not null default 0,
    delivered  bigint not null default 0,
    constraint "an order's goods are counted once" primary key (order_id, product_id),
    constraint "goods are of an order" foreign key (order_id) references orders (id),
    constraint "goods are of a product" foreign key (product_id) references product (id),
    constraint "no more is delivered than was sent, nor sent than was ordered" check
        (0 <= delivered and delivered <= sent and sent <= ordered)
);

revoke all on order_goods from mart;
grant select, insert on order_goods to mart;
grant update (sent, delivered) on order_goods to mart;

-- What became of a part, where a step is about one.
alter table order_history
    add column action  text not null default '',
    add column part_id uuid;

-- Stock moves for a part of an order, too: once for each.
alter table stock_ledger add column part_id uuid;
alter table stock_ledger add constraint "a movement for a part is for its order" check (part_id is null or order_id is not null);
drop index "an order does a thing to a product's stock once";
create unique index "an order or a part does a thing to a product's stock once" on stock_ledger (order_id, product_id, reason, coalesce(part_id, order_id))
    where order_id is not null;
drop index "a reservation ends once";
create unique index "a reservation ends once, or part by part" on stock_ledger (order_id, product_id)
    where reason in ('released', 'committed') and part_id is null;

-- Of a mail about a part of an order, which.
alter table notification add column part_id uuid;

-- +goose Down
alter table notification drop column part_id;
drop index "a reservation ends once, or part by part";
drop index "an order or a part does a thing to a product's stock once";
create unique index "an order does a thing to a product's stock once" on stock_ledger (order_id, product_id, reason) where order_id is not null and part_id is null;
create unique index "a reservation ends once" on stock_ledger (order_id, product_id) where reason in ('released', 'committed') and part_id is null;
alter table order_history drop column action, drop column part_id;
drop table order_goods;
alter table orders drop column parts;
