-- +goose Up

-- Whether all that is in rows of a person is encrypted with their key: what a release before had stored is encrypted with the ring until the sweep
-- comes to it.
alter table person_key add column carried_at timestamptz;

create index "person key: rows to be encrypted with it" on person_key (person_id) where carried_at is null and gone_at is null;

grant insert, update (carried_at) on person_key to mart;

-- Histories and notes are written once; but their words may go, and be encrypted with the key of whoever they are about instead of the ring.
-- +goose StatementBegin
create or replace function refuse_change_but_silence() returns trigger
    language plpgsql as
$$
declare
    was text := to_jsonb(old) ->> tg_argv[0];
    is_ text := to_jsonb(new) ->> tg_argv[0];
begin
    if to_jsonb(new) - tg_argv[0] = to_jsonb(old) - tg_argv[0]
        and (is_ = '' or was like 'personal:%' and was not like 'personal:p:%' and is_ like 'personal:p:%') then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;
-- +goose StatementEnd

-- Encrypts one value anew, where it is still what was read. Whether it was.
-- +goose StatementBegin
create function encrypt_anew(in_table text, in_column text, row_at tid, was text, is_ text) returns boolean
    language plpgsql security definer set search_path = pg_catalog, public as
$$
declare
    kind    text;
    changed bigint;
begin
    select p.kind into kind from (values
        ('customer', 'email_cipher', 'text'), ('customer', 'name', 'text'), ('customer', 'phone', 'text'), ('customer', 'password_hash', 'text'),
        ('staff', 'email_cipher', 'text'), ('staff', 'name', 'text'), ('staff', 'password_hash', 'text'),
        ('address', 'name', 'text'), ('address', 'line1', 'text'), ('address', 'line2', 'text'), ('address', 'city', 'text'), ('address', 'postal_code', 'text'),
        ('email_verification', 'email_cipher', 'text'), ('email_verification', 'former_cipher', 'text'),
        ('orders', 'email', 'text'), ('orders', 'customer_name', 'text'), ('orders', 'phone', 'text'), ('orders', 'shipping', 'jsonb'), ('orders', 'parts', 'jsonb'),
        ('order_history', 'note', 'text'), ('order_note', 'words', 'text'), ('refund', 'reason', 'text'),
        ('notification', 'to_address', 'text'), ('notification', 'to_name', 'text')
    ) as p (in_table, in_column, kind) where p.in_table = encrypt_anew.in_table and p.in_column = encrypt_anew.in_column;
    if kind is null or is_ !~ '(^|"|:)p:[A-Za-z0-9_-]{22}\.' then
        raise exception 'nothing personal of %.% can be encrypted so', in_table, in_column using errcode = 'insufficient_privilege';
    end if;
    execute format('update public.%I set %I = $1::%s where ctid = $2 and %I::text = $3', in_table, in_column, kind, in_column) using is_, row_at, was;
    get diagnostics changed = row_count;
    return changed = 1;
end
$$;
-- +goose StatementEnd

revoke all on function encrypt_anew(text, text, tid, text, text) from public;
grant execute on function encrypt_anew(text, text, tid, text, text) to mart;

-- +goose Down

drop function encrypt_anew(text, text, tid, text, text);

-- +goose StatementBegin
create or replace function refuse_change_but_silence() returns trigger
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

alter table person_key drop column carried_at;
