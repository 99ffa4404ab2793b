-- +goose Up

-- The returns of all orders, for staff to find them by what they wait for. What was said of one stands in its order alone. A trigger writes them, because a db of
-- the release before lets returns come and go as well.
create table order_return (
    id          uuid        not null,
    order_id    uuid        not null,
    customer_id uuid        not null,
    status      text        not null,
    at          timestamptz not null,
    products    uuid[]      not null,
    constraint "a return is listed once" primary key (id),
    constraint "a return is of an order" foreign key (order_id) references orders (id)
);

create index "order return: newest first" on order_return (at, id);
create index "order return: by state" on order_return (status, at, id);
create index "order return: of a customer" on order_return (customer_id, at, id);
create index "order return: of a product" on order_return using gin (products);
create index "order return: of an order" on order_return (order_id);

revoke all on order_return from mart;
grant select, insert, update on order_return to mart;

-- +goose StatementBegin
create function list_returns() returns trigger
    language plpgsql set search_path = pg_catalog, public as
$$
begin
    insert into public.order_return as known (id, order_id, customer_id, status, at, products)
    select (r ->> 'id')::uuid, new.id, new.customer_id, r ->> 'status', (r ->> 'at')::timestamptz,
           array(select (l ->> 'productId')::uuid from jsonb_array_elements(r -> 'lines') l)
    from jsonb_array_elements(new.parts -> 'returns') r
    on conflict (id) do update set status = excluded.status where known.status <> excluded.status;
    return null;
end
$$;
-- +goose StatementEnd

create trigger "returns are listed" after update of parts on orders for each row
    when (new.parts -> 'returns' is distinct from old.parts -> 'returns') execute function list_returns();

revoke all on function list_returns() from public;

-- +goose Down

drop trigger "returns are listed" on orders;
drop function list_returns();
drop table order_return;
