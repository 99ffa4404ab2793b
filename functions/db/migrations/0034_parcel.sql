-- +goose Up

-- What carriers call the parcels of orders, in capital letters and digits only: for staff to find an order by. It is here in clear for that, as
-- customers' e-mail addresses are, and can be deleted.
create table order_parcel (
    part_id  uuid not null,
    order_id uuid not null,
    tracking text not null,
    constraint "a fulfilment is one parcel" primary key (part_id),
    constraint "a parcel is of an order" foreign key (order_id) references orders (id)
);
create index "order parcel: by its number" on order_parcel (tracking);
create index "order parcel: of an order" on order_parcel (order_id);

revoke all on order_parcel from mart;
grant select, insert, delete on order_parcel to mart;

-- +goose Down
drop table order_parcel;
