-- +goose Up

-- Every command that was ever decided, with its outcome. A row is inserted and completed in one transaction, so a committed
-- row always has its results.
create table inbox (
    source       text        not null,
    id           text        not null,
    type         text        not null,
    subject      text        not null,
    fingerprint  text        not null,
    asked_by     text        not null default '',
    asked_by_id  text        not null default '',
    received_at  timestamptz not null default now(),
    completed_at timestamptz,
    results      bytea,
    published_at timestamptz,
    constraint "a command is decided once" primary key (source, id)
) with (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);

-- What the sweep looks for. It stays as small as the backlog, and completing a row does not touch it.
create index "inbox: results not yet published" on inbox (received_at) where published_at is null;
create index "inbox: by age" on inbox using brin (received_at) with (autosummarize = on);

-- What has to happen at a certain moment, unless something else happens before.
create table deadline (
    kind     text        not null,
    subject  uuid        not null,
    due_at   timestamptz not null,
    fired_at timestamptz,
    constraint "a subject has one deadline of a kind" primary key (kind, subject)
);

create index "deadline: still to come" on deadline (due_at) where fired_at is null;

-- The functions may add decisions and complete them. They can neither change what was asked nor forget it.
revoke all on inbox, deadline, goose_db_version from mart;
grant select on goose_db_version to mart;
grant select, insert, update (completed_at, results, published_at) on inbox to mart;
grant select, insert, update, delete on deadline to mart;

-- Forgetting is the owner's: only what is published, and older than any replay that is still answered.
-- +goose StatementBegin
create function forget_decisions(older_than interval, at_most int) returns bigint
    language plpgsql security definer set search_path = pg_catalog, public as
$$
declare
    forgotten bigint;
begin
    if older_than < interval '1 day' then
        raise exception 'decisions are kept for at least a day';
    end if;
    delete from public.inbox
    where (source, id) in (
        select source, id from public.inbox
        where received_at < now() - older_than and published_at is not null
        limit at_most
        for update skip locked
    );
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;
-- +goose StatementEnd

revoke all on function forget_decisions(interval, int) from public;
grant execute on function forget_decisions(interval, int) to mart;

-- +goose Down
drop function forget_decisions(interval, int);
drop table deadline;
drop table inbox;
