-- +goose Up

-- Names, phones, addresses and password hashes are ciphertext. The e-mail address is there twice: folded and in clear, to be
-- found and to be unique, and as ciphertext, to be told.
create table staff (
    id            uuid        not null,
    version       bigint      not null default 1,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    deleted_at    timestamptz,
    email         text        not null,
    email_cipher  text        not null,
    name          text        not null,
    password_hash text        not null default '',
    roles         text[]      not null,
    status        text        not null default 'active',
    constraint "a member of staff has one row" primary key (id),
    constraint "staff versions count from one" check (version >= 1),
    constraint "staff addresses are folded" check (email = lower(email)),
    constraint "staff have known roles" check (cardinality(roles) > 0 and roles <@ array['owner', 'catalog', 'orders', 'support', 'viewer']),
    constraint "staff are active or disabled" check (status in ('active', 'disabled'))
);

create unique index "live staff have different addresses" on staff (email) where deleted_at is null;
create index "staff: newest first" on staff (created_at, id) where deleted_at is null;

create table customer (
    id             uuid        not null,
    version        bigint      not null default 1,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    deleted_at     timestamptz,
    email          text        not null,
    email_cipher   text        not null,
    name           text        not null,
    phone          text        not null default '',
    password_hash  text        not null,
    status         text        not null default 'active',
    email_verified boolean     not null default false,
    constraint "a customer has one row" primary key (id),
    constraint "customer versions count from one" check (version >= 1),
    constraint "customer addresses are folded" check (email = lower(email)),
    constraint "customers are active or disabled" check (status in ('active', 'disabled')),
    constraint "nothing personal is left of a deleted customer" check (
        deleted_at is null and email <> '' and email_cipher <> '' and name <> ''
        or deleted_at is not null and email = '' and email_cipher = '' and name = '' and phone = '' and password_hash = '')
);

create unique index "live customers have different addresses" on customer (email) where deleted_at is null;
create index "customer: newest first" on customer (created_at, id) where deleted_at is null;

-- A customer's address book.
create table address (
    id          uuid        not null,
    version     bigint      not null default 1,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    deleted_at  timestamptz,
    customer_id uuid        not null,
    name        text        not null,
    line1       text        not null,
    line2       text        not null default '',
    city        text        not null,
    postal_code text        not null,
    country     text        not null,
    constraint "an address has one row" primary key (id),
    constraint "an address is of a customer" foreign key (customer_id) references customer (id),
    constraint "address versions count from one" check (version >= 1),
    constraint "nothing personal is left of a deleted address" check (
        deleted_at is null or name = '' and line1 = '' and line2 = '' and city = '' and postal_code = '')
);

create index "address: of a customer, newest first" on address (customer_id, created_at, id) where deleted_at is null;

-- A log-in. refresh_hash is the newest of its family of refresh tokens; every one there ever was is in refresh_token.
create table session (
    id           uuid        not null,
    version      bigint      not null default 1,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    client_id    text        not null,
    owner_type   text        not null,
    owner_id     uuid        not null,
    refresh_hash text        not null,
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    constraint "a session has one row" primary key (id),
    constraint "session versions count from one" check (version >= 1),
    constraint "sessions are of staff and customers" check (owner_type in ('user', 'app_user'))
);

create index "session: of an account" on session (owner_id);

create table refresh_token (
    hash       text not null,
    session_id uuid not null,
    constraint "a refresh token is given once" primary key (hash),
    constraint "a refresh token is of a session" foreign key (session_id) references session (id) on delete cascade
);

create index "refresh token: of a session" on refresh_token (session_id);

revoke all on staff, customer, address, session, refresh_token from mart;
grant select, insert, update on staff, customer, address, session to mart;
grant select, insert on refresh_token to mart;
grant delete on session to mart;

-- +goose Down
drop table refresh_token, session, address, customer, staff;
