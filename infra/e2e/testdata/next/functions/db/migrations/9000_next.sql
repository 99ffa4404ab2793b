-- +goose Up
alter table orders add column note text not null default '';
grant update (note) on orders to mart;

create table order_acknowledgement (
    order_id uuid        not null,
    at       timestamptz not null,
    constraint "an acknowledgement is of an order" foreign key (order_id) references orders (id)
);

revoke all on order_acknowledgement from mart;
grant select, insert on order_acknowledgement to mart;

-- +goose Down
drop table order_acknowledgement;
alter table orders drop column note;
