-- +goose Up

-- The newest reset of an account's password. Of its token there is only the hash: who has the keys makes it of the id.
create table password_reset (
    account      uuid        not null,
    account_type text        not null,
    id           uuid        not null,
    token_hash   text        not null,
    expires_at   timestamptz not null,
    used_at      timestamptz,
    spent        float8      not null,
    spent_at     timestamptz not null,
    forget_at    timestamptz not null,
    constraint "an account has one password reset" primary key (account),
    constraint "password resets are of staff and customers" check (account_type in ('user', 'app_user'))
);

create unique index "a password reset is of one account" on password_reset (id);
create index "password reset: to be forgotten" on password_reset (forget_at);

revoke all on password_reset from mart;
grant select, insert, update, delete on password_reset to mart;

-- Of a mail with the link to a new password, the reset that it is about.
alter table notification add column reset_id uuid;

-- +goose Down
alter table notification drop column reset_id;
drop table password_reset;
