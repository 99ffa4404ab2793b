-- +goose Up

-- The wrong passwords of late at each account, and at what looks like one: account is the owner's id, or one derived from what
-- somebody typed. spent sinks with time; a row is forgotten when nothing depends on it any more.
create table login_account (
    account     uuid             not null,
    spent       double precision not null default 0,
    spent_at    timestamptz      not null,
    wrong       int              not null default 0,
    wrong_since timestamptz      not null,
    told_at     timestamptz,
    forget_at   timestamptz      not null,
    constraint "tries at an account are counted once" primary key (account)
);

-- The same from one place: a digest of a network's address or of what a device was given. A place is known once somebody has logged
-- in from there.
create table login_place (
    account     uuid             not null,
    place       text             not null,
    spent       double precision not null default 0,
    spent_at    timestamptz      not null,
    known_until timestamptz,
    forget_at   timestamptz      not null,
    constraint "tries from a place are counted once" primary key (account, place)
);

create index "login account: to forget" on login_account (forget_at);
create index "login place: to forget" on login_place (forget_at);

revoke all on login_account, login_place from mart;
grant select, insert, update, delete on login_account, login_place to mart;

-- A mail may be to somebody who works here: customer_id is then theirs.
alter table notification add column to_staff boolean not null default false;

-- +goose Down
alter table notification drop column to_staff;
drop table login_place, login_account;
