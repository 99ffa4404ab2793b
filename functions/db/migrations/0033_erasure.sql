-- +goose Up

-- Customers who were erased, and when to look next whether something of them can be taken out of the tables: an order that is on its way keeps what
-- the shop needs to send it. Once nothing is left, and nothing can come any more, it is done.
create table erasure (
    customer_id uuid        not null,
    erased_at   timestamptz not null,
    look_at     timestamptz,
    done_at     timestamptz,
    constraint "a customer is erased once" primary key (customer_id),
    constraint "an erasure is of a customer" foreign key (customer_id) references customer (id),
    constraint "an erasure is looked at until it is done" check ((look_at is null) = (done_at is not null))
);

create index "erasure: to be looked at" on erasure (look_at) where look_at is not null;

insert into erasure (customer_id, erased_at, look_at) select id, deleted_at, now() from customer where deleted_at is not null;

-- Whoever erases a customer, also a db of the release before, has it noted.
-- +goose StatementBegin
create function note_erasure() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public as
$$
begin
    insert into public.erasure (customer_id, erased_at, look_at) values (new.id, now(), now()) on conflict do nothing;
    return null;
end
$$;
-- +goose StatementEnd

create trigger "who is erased is noted" after update on customer for each row
    when (old.deleted_at is null and new.deleted_at is not null) execute function note_erasure();

-- Histories and notes are written once, and lose their words, nothing else, when their customer is erased: the column is the trigger's argument.
-- +goose StatementBegin
create function refuse_change_but_silence() returns trigger
    language plpgsql as
$$
begin
    if to_jsonb(new) ->> tg_argv[0] = '' and to_jsonb(new) - tg_argv[0] = to_jsonb(old) - tg_argv[0] then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;
-- +goose StatementEnd

drop trigger append_only on order_history;
drop trigger append_only on order_note;
create trigger append_only before delete or truncate on order_history for each statement execute function refuse_change();
create trigger append_only before delete or truncate on order_note for each statement execute function refuse_change();
create trigger "only its words go" before update on order_history for each row execute function refuse_change_but_silence('note');
create trigger "only its words go" before update on order_note for each row execute function refuse_change_but_silence('words');

-- A document without what is encrypted in it, which is what is personal.
-- +goose StatementBegin
create function impersonal(what jsonb) returns jsonb
    language plpgsql immutable parallel safe set search_path = pg_catalog, public as
$$
begin
    case jsonb_typeof(what)
        when 'object' then
            return coalesce((
                select jsonb_object_agg(m.key, public.impersonal(m.value)) from jsonb_each(what) m
                where jsonb_typeof(m.value) <> 'string' or m.value #>> '{}' !~ '^(personal:)?[^ .]+\.[A-Za-z0-9_-]{39,}$'), '{}');
        when 'array' then
            return coalesce((
                select jsonb_agg(public.impersonal(e.value) order by e.ordinality) from jsonb_array_elements(what) with ordinality e), '[]');
        else
            return what;
    end case;
end
$$;
-- +goose StatementEnd

-- The personal values of what was said of some things, but of what is still to be published.
-- +goose StatementBegin
create function forget_said(things uuid[]) returns bigint
    language plpgsql set search_path = pg_catalog, public as
$$
declare
    forgotten bigint;
begin
    delete from public.journal_personal p
    using (
        select distinct j.personal, date_trunc('week', j.received_at at time zone 'UTC')::date as week from public.journal j
        where j.personal is not null and (j.subject = any(things) or j.about && things)
            and j.received_at >= (select min(k.week) from public.journal_personal k)
    ) said
    where p.week = said.week and p.key = said.personal and not exists (
        select from public.outbox o join public.journal j on j.number = o.number and j.received_at = o.received_at
        where j.personal = p.key);
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;
-- +goose StatementEnd

-- What is left of an account: log-ins, links, tries, and what was said of them and of their address book. How many rows.
-- +goose StatementBegin
create function erase_account(who uuid, at_most int) returns bigint
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

-- Mails lose whom they were to. While one is being sent, its sender may still write it down, with what all of them say of their customer; nobody
-- takes up again one that was begun and left. How many rows.
-- +goose StatementBegin
create function erase_mails(who uuid, at_most int) returns bigint
    language plpgsql set search_path = pg_catalog, public as
$$
declare
    mails uuid[];
begin
    update public.notification set status = 'failed', token = '', lease_until = null, version = version + 1, updated_at = now()
    where customer_id = who and not to_staff and status = 'sending' and lease_until < now() - interval '10 minutes';
    if exists (select from public.notification where customer_id = who and not to_staff and status = 'sending') then
        return 0;
    end if;
    mails := array(
        select n.id from public.notification n where n.customer_id = who and not n.to_staff and (n.to_address <> '' or n.to_name <> '' or n.reason <> '')
        limit at_most for update skip locked);
    update public.notification set to_address = '', to_name = '', reason = '' where id = any(mails);
    perform public.forget_said(mails);
    return cardinality(mails);
end
$$;
-- +goose StatementEnd

-- Orders that have come to their end lose whom they were for, where they went and what people said of them; an order whose goods come back, or whose
-- money still goes back, has not. Whoever changes an order has locked it. How many orders.
-- +goose StatementBegin
create function erase_orders(who uuid, ended text[], returning_ text[], own text[], at_most int) returns bigint
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

-- One step of erasing one customer, of those who were erased so long before the sweep began: what they had under way has come to its end. ended are
-- the states in which an order is done, returning_ those in which a return is not, own what the mart itself says where people might.
-- What is not published is still needed whole. How many rows have lost something; null when nobody is to be looked at.
-- +goose StatementBegin
create function erase_some(began timestamptz, settled interval, again interval, ended text[], returning_ text[], own text[], at_most int) returns bigint
    language plpgsql security definer set search_path = pg_catalog, public as
$$
declare
    who     uuid;
    account bigint;
    mails   bigint;
    orders_ bigint;
    full_   boolean;
    waits   boolean;
begin
    if exists (select from public.outbox where received_at < now() - interval '1 minute') then
        return null;
    end if;
    select e.customer_id into who from public.erasure e
    where e.look_at <= began and e.erased_at <= began - settled
    order by e.look_at limit 1 for update skip locked;
    if who is null then
        return null;
    end if;
    account := public.erase_account(who, at_most);
    mails := public.erase_mails(who, at_most);
    orders_ := public.erase_orders(who, ended, returning_, own, at_most);
    full_ := greatest(account, mails, orders_) >= at_most;
    waits := account + mails + orders_ > 0 or exists (select from public.orders where customer_id = who and email <> '')
        or exists (select from public.notification where customer_id = who and not to_staff and status = 'sending');
    update public.erasure
    set look_at = case when full_ then began when waits then now() + again end, done_at = case when not full_ and not waits then now() end
    where customer_id = who;
    return account + mails + orders_;
end
$$;
-- +goose StatementEnd

revoke all on erasure from mart;
grant select on erasure to mart;
revoke all on function note_erasure(), refuse_change_but_silence(), impersonal(jsonb), forget_said(uuid[]), erase_account(uuid, int), erase_mails(uuid, int),
    erase_orders(uuid, text[], text[], text[], int), erase_some(timestamptz, interval, interval, text[], text[], text[], int) from public;
grant execute on function erase_some(timestamptz, interval, interval, text[], text[], text[], int) to mart;

-- +goose Down

drop function erase_some(timestamptz, interval, interval, text[], text[], text[], int);
drop function erase_orders(uuid, text[], text[], text[], int);
drop function erase_mails(uuid, int);
drop function erase_account(uuid, int);
drop function forget_said(uuid[]);
drop function impersonal(jsonb);
drop trigger "only its words go" on order_history;
drop trigger "only its words go" on order_note;
drop trigger append_only on order_history;
drop trigger append_only on order_note;
create trigger append_only before update or delete or truncate on order_history for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on order_note for each statement execute function refuse_change();
drop function refuse_change_but_silence();
drop trigger "who is erased is noted" on customer;
drop function note_erasure();
drop table erasure;
