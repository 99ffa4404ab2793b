-- +goose Up

-- What was one table, inbox, whose rows were written three times, is three whose rows are written once: by inbox a command is known when
-- it comes again, in journal stands what became of it, for ever, and outbox is what Kafka is not known to have. The next migration
-- carries the rows over.
alter table inbox rename to inbox_before;
alter table inbox_before rename constraint "a command is decided once" to "a command was decided once";
drop index "inbox: by age", "inbox: results not yet published";
drop function forget_decisions(interval, int);

create sequence journal_number as bigint;

-- Ids that are UUIDs stand as such here and in the journal, any other is a digest of its text.
create table inbox (
    number      bigint      not null default nextval('journal_number'),
    received_at timestamptz not null default now(),
    id          uuid        not null,
    source      text        not null,
    fingerprint text        not null,
    constraint "a command is decided once" primary key (id, source)
) with (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);

create index "inbox: by age" on inbox using brin (received_at) with (autosummarize = on);

-- received_at is that of the inbox, and says in which month's partition an entry is. results is what was said, packed; what is personal
-- of it stands beside, in journal_personal. about is what else than the subject was spoken of.
create table journal (
    number      bigint      not null,
    received_at timestamptz not null,
    asked_at    timestamptz not null,
    decided_at  timestamptz not null,
    id          uuid        not null,
    subject     uuid        not null,
    correlation uuid        not null,
    causation   uuid,
    personal    uuid,
    source      text        not null,
    type        text        not null,
    asked_by    text        not null,
    asked_by_id text        not null,
    outcome     text        not null,
    about       uuid[],
    results     bytea       not null,
    constraint "a decision has one entry" primary key (number, received_at),
    constraint "outcomes are known" check (outcome in ('succeeded', 'rejected', 'failed', 'due'))
) partition by range (received_at);

alter table journal alter column results set storage external; -- it is packed already

create index "journal: by subject" on journal (subject);
create index "journal: by what was spoken of" on journal using gin (about) where about is not null;
create index "journal: by correlation" on journal (correlation);

-- Whatever no month's partition takes, so that nothing ever fails for the lack of one.
create table journal_rest partition of journal default;

-- Personal values of results, encrypted: each set of them once a week. They are forgotten with the inbox, and the journal is then
-- without them.
create table journal_personal (
    week        date   not null,
    key         uuid   not null,
    ciphertexts text[] not null,
    constraint "a set of personal values is kept once a week" primary key (week, key)
);

create table outbox (
    number      bigint      not null,
    received_at timestamptz not null,
    constraint "results are published once" primary key (number)
) with (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    vacuum_truncate = off
);

-- +goose StatementBegin
create function refuse_to_rewrite() returns trigger language plpgsql as
$$
begin
    raise exception 'the journal is append-only: what was decided stays' using errcode = 'insufficient_privilege';
end
$$;
-- +goose StatementEnd

create trigger "what was decided stays" before update or delete on journal for each row execute function refuse_to_rewrite();
create trigger "what was decided is not emptied" before truncate on journal for each statement execute function refuse_to_rewrite();
create trigger "what was decided is not emptied" before truncate on journal_rest for each statement execute function refuse_to_rewrite();

-- A month's partition, unless it is there. False: entries of that month are in journal_rest already, and the others join them there.
-- +goose StatementBegin
create function add_journal_month(month timestamp) returns boolean
    language plpgsql set search_path = pg_catalog, public as
$$
declare
    name  text        := 'journal_' || to_char(month, 'YYYY_MM');
    since timestamptz := month at time zone 'UTC';
    until timestamptz := (month + interval '1 month') at time zone 'UTC';
begin
    if to_regclass('public.' || name) is not null then
        return true;
    end if;
    if exists (select from public.journal_rest where received_at >= since and received_at < until) then
        return false;
    end if;
    execute format('create table public.%I partition of public.journal for values from (%L) to (%L)', name, since, until);
    execute format('revoke all on public.%I from mart', name);
    execute format('create trigger "what was decided is not emptied" before truncate on public.%I for each statement execute function public.refuse_to_rewrite()', name);
    return true;
end
$$;
-- +goose StatementEnd

-- The partitions of this month and of some to come, and how many months have none: the functions may have them made.
-- +goose StatementBegin
create function add_journal_months(ahead int) returns int
    language plpgsql security definer set search_path = pg_catalog, public as
$$
declare
    this    timestamp := date_trunc('month', now() at time zone 'UTC');
    without int       := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('mart journal months', 0));
    for i in 0 .. least(ahead, 12) loop
        if not public.add_journal_month(this + make_interval(months => i)) then
            without := without + 1;
        end if;
    end loop;
    return without;
end
$$;
-- +goose StatementEnd

-- Forgetting is the owner's: only what is published, and older than any replay that is still answered. The journal keeps all but what is
-- personal.
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
    where (id, source) in (
        select i.id, i.source from public.inbox i
        where i.received_at < now() - older_than and not exists (select from public.outbox o where o.number = i.number)
        limit at_most
        for update of i skip locked
    );
    get diagnostics forgotten = row_count;
    delete from public.journal_personal
    where (week, key) in (
        select p.week, p.key from public.journal_personal p
        where p.week < (now() - older_than)::date - 7
            and p.week < coalesce((select min(o.received_at)::date from public.outbox o), 'infinity') - 7
        limit at_most
        for update of p skip locked
    );
    return forgotten;
end
$$;
-- +goose StatementEnd

revoke all on function forget_decisions(interval, int), add_journal_months(int), add_journal_month(timestamp), refuse_to_rewrite() from public;
grant execute on function forget_decisions(interval, int), add_journal_months(int) to mart;

-- The functions may add what is decided. They can neither change it nor forget it, nor choose its number.
revoke all on inbox_before, inbox, journal, journal_rest, journal_personal, outbox, journal_number from mart;
grant select, insert (id, source, fingerprint) on inbox to mart;
grant select, insert on journal, journal_personal to mart;
grant select, insert, update (received_at), delete on outbox to mart;
grant usage on sequence journal_number to mart;

-- +goose Down
-- +goose StatementBegin
do $$ begin raise exception 'the release before this one cannot read what was decided since: go back to a backup'; end $$;
-- +goose StatementEnd
