-- +goose Up

-- Who has bought without an account is written with their order: how they are reached, in which language, and a keyed digest of their address, by which
-- their orders are found. customer_id is the order's own id then. erased_at: when they were erased.
alter table orders
    add column phone     text not null default '',
    add column language  text not null default '',
    add column guest_key text not null default '',
    add column erased_at timestamptz,
    add constraint "only who has no account is written with an order" check (customer_id = id or (phone = '' and language = '' and guest_key = '' and erased_at is null));

create index "orders: of a guest's address" on orders (guest_key, created_at, id) where guest_key <> '';
grant update (erased_at) on orders to mart;

-- A guest who is erased is looked after as a customer is, by the id of their order.
alter table erasure drop constraint "an erasure is of a customer";

-- +goose StatementBegin
create function note_guest_erasure() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public as
$$
begin
    insert into public.erasure (customer_id, erased_at, look_at) values (new.id, now(), now()) on conflict do nothing;
    return null;
end
$$;
-- +goose StatementEnd

create trigger "a guest who is erased is noted" after update on orders for each row
    when (old.erased_at is null and new.erased_at is not null) execute function note_guest_erasure();

-- What was said of a guest's order is needed as long as it is on its way; it goes with the order.
-- +goose StatementBegin
create or replace function erase_account(who uuid, at_most int) returns bigint
    language plpgsql set search_path = pg_catalog, public as
$$
declare
    gone bigint;
    all_gone bigint;
begin
    delete from public.session where id in (select s.id from public.session s where s.owner_id = who limit at_most for update skip locked);
    get diagnostics all_gone = row_count;
    delete from public.password_reset where account = who;
    get diagnostics gone = row_count;
    all_gone := all_gone + gone;
    delete from public.email_verification where customer_id = who;
    get diagnostics gone = row_count;
    all_gone := all_gone + gone;
    delete from public.login_place where account = who;
    delete from public.login_account where account = who;
    return all_gone + public.forget_said(array(select who where not exists (select from public.orders o where o.id = who)) || array(select a.id from public.address a where a.customer_id = who));
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function erase_orders(who uuid, ended text[], returning_ text[], own text[], at_most int) returns bigint
    language plpgsql set search_path = pg_catalog, public as
$$
declare
    emptied  uuid[];
    payments uuid[];
begin
    emptied := array(
        select o.id from public.orders o
        where o.customer_id = who and o.status = any(ended) and o.email <> ''
            and not exists (select from jsonb_array_elements(coalesce(o.parts -> 'returns', '[]')) r where r ->> 'status' = any(returning_))
            and not exists (select from public.payment p join public.refund r on r.payment_id = p.id where p.order_id = o.id and r.status = 'requested')
        order by o.created_at limit at_most for no key update skip locked);
    if cardinality(emptied) = 0 then -- what came after
        emptied := array(
            select o.id from public.orders o
            where o.customer_id = who and o.email = '' and (o.parts <> public.impersonal(o.parts)
                or exists (select from public.order_note n where n.order_id = o.id and n.words <> '')
                or exists (select from public.order_history h where h.order_id = o.id and h.note <> '' and h.note <> all(own))
                or exists (select from public.payment p join public.refund r on r.payment_id = p.id
                    where p.order_id = o.id and r.reason <> '' and r.reason <> all(own)))
            limit at_most for no key update skip locked);
    end if;
    payments := array(select p.id from public.payment p where p.order_id = any(emptied));
    update public.orders set email = '', customer_name = '', phone = '', language = '', guest_key = '', shipping = public.impersonal(shipping), parts = public.impersonal(parts) where id = any(emptied);
    update public.order_history set note = '' where order_id = any(emptied) and note <> '' and note <> all(own);
    delete from public.order_parcel where order_id = any(emptied);
    update public.order_note set words = '' where order_id = any(emptied) and words <> '';
    update public.refund set reason = '' where payment_id = any(payments) and reason <> '' and reason <> all(own);
    update public.payment set redirect_url = '' where id = any(payments) and redirect_url <> '';
    perform public.forget_said(emptied || payments);
    return cardinality(emptied);
end
$$;
-- +goose StatementEnd

revoke all on function note_guest_erasure() from public;

-- +goose Down

-- +goose StatementBegin
create or replace function erase_orders(who uuid, ended text[], returning_ text[], own text[], at_most int) returns bigint
    language plpgsql set search_path = pg_catalog, public as
$$
declare
    emptied  uuid[];
    payments uuid[];
begin
    emptied := array(
        select o.id from public.orders o
        where o.customer_id = who and o.status = any(ended) and o.email <> ''
            and not exists (select from jsonb_array_elements(coalesce(o.parts -> 'returns', '[]')) r where r ->> 'status' = any(returning_))
            and not exists (select from public.payment p join public.refund r on r.payment_id = p.id where p.order_id = o.id and r.status = 'requested')
        order by o.created_at limit at_most for no key update skip locked);
    if cardinality(emptied) = 0 then -- what came after
        emptied := array(
            select o.id from public.orders o
            where o.customer_id = who and o.email = '' and (o.parts <> public.impersonal(o.parts)
                or exists (select from public.order_note n where n.order_id = o.id and n.words <> '')
                or exists (select from public.order_history h where h.order_id = o.id and h.note <> '' and h.note <> all(own))
                or exists (select from public.payment p join public.refund r on r.payment_id = p.id
                    where p.order_id = o.id and r.reason <> '' and r.reason <> all(own)))
            limit at_most for no key update skip locked);
    end if;
    payments := array(select p.id from public.payment p where p.order_id = any(emptied));
    update public.orders set email = '', customer_name = '', shipping = public.impersonal(shipping), parts = public.impersonal(parts) where id = any(emptied);
    update public.order_history set note = '' where order_id = any(emptied) and note <> '' and note <> all(own);
    delete from public.order_parcel where order_id = any(emptied);
    update public.order_note set words = '' where order_id = any(emptied) and words <> '';
    update public.refund set reason = '' where payment_id = any(payments) and reason <> '' and reason <> all(own);
    update public.payment set redirect_url = '' where id = any(payments) and redirect_url <> '';
    perform public.forget_said(emptied || payments);
    return cardinality(emptied);
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function erase_account(who uuid, at_most int) returns bigint
    language plpgsql set search_path = pg_catalog, public as
$$
declare
    gone bigint;
    all_gone bigint;
begin
    delete from public.session where id in (select s.id from public.session s where s.owner_id = who limit at_most for update skip locked);
    get diagnostics all_gone = row_count;
    delete from public.password_reset where account = who;
    get diagnostics gone = row_count;
    all_gone := all_gone + gone;
    delete from public.email_verification where customer_id = who;
    get diagnostics gone = row_count;
    all_gone := all_gone + gone;
    delete from public.login_place where account = who;
    delete from public.login_account where account = who;
    return all_gone + public.forget_said(array[who] || array(select a.id from public.address a where a.customer_id = who));
end
$$;
-- +goose StatementEnd

drop trigger "a guest who is erased is noted" on orders;
drop function note_guest_erasure();
delete from erasure e where not exists (select from customer c where c.id = e.customer_id);
alter table erasure add constraint "an erasure is of a customer" foreign key (customer_id) references customer (id);
drop index "orders: of a guest's address";
alter table orders
    drop constraint "only who has no account is written with an order",
    drop column phone, drop column language, drop column guest_key, drop column erased_at;
