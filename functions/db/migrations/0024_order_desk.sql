-- +goose Up

-- Staff look for orders by what was sold.
create index "order line: of a product" on order_line (product_id, order_id);

-- What staff note about an order: for themselves, and never changed.
create table order_note (
    id       uuid        not null,
    order_id uuid        not null,
    at       timestamptz not null,
    by_type  text        not null,
    by_id    text        not null,
    words    text        not null,
    constraint "a note has one row" primary key (id),
    constraint "a note is about an order" foreign key (order_id) references orders (id)
);

create index "order note: of an order" on order_note (order_id, at, id);
create trigger append_only before update or delete or truncate on order_note for each statement execute function refuse_change();

revoke all on order_note from mart;
grant select, insert on order_note to mart;

-- +goose Down
drop table order_note;
drop index "order line: of a product";
