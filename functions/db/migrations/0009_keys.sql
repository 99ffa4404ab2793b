-- +goose Up

-- What tells whether a ring still holds the keys that this database was written with. A check reveals nothing of its key.
create table key_check (
    ring     text        not null,
    id       text        not null,
    value    text        not null,
    noted_at timestamptz not null default now(),
    constraint "a key of a ring has one check" primary key (ring, id)
);

-- Taking one away is the owner's: it gives up whatever only that key could read.
revoke all on key_check from mart;
grant select, insert on key_check to mart;

-- +goose Down
drop table key_check;
