-- +goose Up

-- The keys with which what is kept of persons is encrypted: of customers, staff, and guests by their orders. Each is itself encrypted with the
-- ring EVENT_PERSONAL_KEYS. Of whoever was erased it is empty for ever, so that nobody gets another one under the same id.
create table person_key (
    person_id  uuid        not null,
    wrapped    text        not null,
    created_at timestamptz not null default now(),
    gone_at    timestamptz,
    constraint "a person has one key" primary key (person_id),
    constraint "a key is there until it is gone" check ((wrapped = '') = (gone_at is not null))
);

revoke all on person_key from mart;
grant select, insert, update (wrapped) on person_key to mart;

-- Nobody reads any more what was kept of a person, wherever it is.
-- +goose StatementBegin
create function forget_person(who uuid) returns void
    language sql set search_path = pg_catalog, public as
$$
    insert into public.person_key (person_id, wrapped, gone_at) values (who, '', now())
    on conflict (person_id) do update set wrapped = '', gone_at = now() where person_key.gone_at is null
$$;
-- +goose StatementEnd

-- Staff who are dismissed have nothing on its way that somebody would have to read.
-- +goose StatementBegin
create function forget_staff() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public as
$$
begin
    perform public.forget_person(new.id);
    return null;
end
$$;
-- +goose StatementEnd

create trigger "who is dismissed is forgotten" after update on staff for each row
    when (old.deleted_at is null and new.deleted_at is not null) execute function forget_staff();

-- One step of erasing one customer, as before; and their key goes as soon as no order of theirs is on its way and no mail. How many rows have lost
-- something, the key among them; null when nobody is to be looked at.
-- +goose StatementBegin
create or replace function erase_some(began timestamptz, settled interval, again interval, ended text[], returning_ text[], own text[], at_most int) returns bigint
    language plpgsql security definer set search_path = pg_catalog, public as
$$
declare
    who     uuid;
    account bigint;
    mails   bigint;
    orders_ bigint;
    key_    bigint := 0;
    full_   boolean;
    sends   boolean;
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
    sends := exists (select from public.orders where customer_id = who and email <> '')
        or exists (select from public.notification where customer_id = who and not to_staff and status = 'sending');
    waits := account + mails + orders_ > 0 or sends;
    if not sends and not full_ and not exists (select from public.person_key where person_id = who and gone_at is not null) then
        perform public.forget_person(who);
        key_ := 1;
    end if;
    update public.erasure
    set look_at = case when full_ then began when waits then now() + again end, done_at = case when not full_ and not waits then now() end
    where customer_id = who;
    return account + mails + orders_ + key_;
end
$$;
-- +goose StatementEnd

-- Whoever was erased before there were such keys never gets one.
insert into person_key (person_id, wrapped, gone_at) select customer_id, '', now() from erasure where done_at is not null on conflict do nothing;

-- Keys of persons who never came to be, as of registrations that were refused, or whose only use was to let a command be read.
-- +goose StatementBegin
create function forget_nobodies_keys(older_than interval, at_most int) returns bigint
    language plpgsql security definer set search_path = pg_catalog, public as
$$
declare
    forgotten bigint;
begin
    if older_than < interval '1 day' then
        raise exception 'keys are kept for at least a day';
    end if;
    delete from public.person_key where person_id in (
        select k.person_id from public.person_key k
        where k.created_at < now() - older_than and k.gone_at is null
            and not exists (select from public.customer c where c.id = k.person_id)
            and not exists (select from public.staff s where s.id = k.person_id)
            and not exists (select from public.orders o where o.id = k.person_id)
        limit at_most for update skip locked);
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;
-- +goose StatementEnd

create index "person key: by age, those that may be nobody's" on person_key (created_at) where gone_at is null;

revoke all on function forget_person(uuid), forget_staff(), forget_nobodies_keys(interval, int) from public;
grant execute on function forget_nobodies_keys(interval, int) to mart;

-- +goose Down
-- +goose StatementBegin
do $$
begin
    if exists (select from person_key where gone_at is null) then
        raise exception 'what is kept of persons can be read with their keys alone: the release before this one cannot';
    end if;
end
$$;
-- +goose StatementEnd

drop trigger "who is dismissed is forgotten" on staff;
drop function forget_nobodies_keys(interval, int);
-- One step of erasing one customer, of those who were erased so long before the sweep began: what they had under way has come to its end. ended are
-- the states in which an order is done, returning_ those in which a return is not, own what the mart itself says where people might.
-- What is not published is still needed whole. How many rows have lost something; null when nobody is to be looked at.
-- +goose StatementBegin
create or replace function erase_some(began timestamptz, settled interval, again interval, ended text[], returning_ text[], own text[], at_most int) returns bigint
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

drop function forget_staff();
drop function forget_person(uuid);
drop table person_key;
