-- +goose Up

-- How often of late an address was written to that nobody had shown to be theirs, for a reason. key is a digest of both; a row is forgotten after an hour.
create table addressed (
    key       text        not null,
    spent     float8      not null,
    spent_at  timestamptz not null,
    forget_at timestamptz not null,
    constraint "an address is counted once" primary key (key)
);

create index "addressed: to be forgotten" on addressed (forget_at);

revoke all on addressed from mart;
grant select, insert, update, delete on addressed to mart;

-- +goose Down
drop table addressed;
