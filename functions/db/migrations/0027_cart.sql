-- +goose Up

-- What somebody thinks of ordering. One that is no customer's is opened by a secret, of which there is only the hash.
create table cart (
    id          uuid        not null,
    version     bigint      not null default 1,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    customer_id uuid,
    secret_hash text        not null,
    status      text        not null,
    lines       jsonb       not null,
    order_id    uuid,
    expires_at  timestamptz not null,
    abandon_at  timestamptz,
    constraint "a cart has one row" primary key (id),
    constraint "a cart is of a customer" foreign key (customer_id) references customer (id),
    constraint "a cart is ordered as an order" foreign key (order_id) references orders (id),
    constraint "an order is of one cart" unique (order_id),
    constraint "cart versions count from one" check (version >= 1),
    constraint "a cart is in a known state" check (status in ('open', 'ordered', 'merged', 'deleted')),
    constraint "a cart is a customer's or has a secret" check ((customer_id is null) = (secret_hash <> '')),
    constraint "a cart is ordered as something" check ((status = 'ordered') = (order_id is not null))
) with (fillfactor = 80);

create unique index "a customer has one open cart" on cart (customer_id) where status = 'open';
create index "cart: to be forgotten" on cart (expires_at);

revoke all on cart from mart;
grant select, insert, update, delete on cart to mart;

-- +goose Down
delete from deadline where kind = 'cart';
drop table cart;
