-- +goose Up

-- What all who come from one network have done of late, whoever they say they are: wrong passwords at any account, registrations. network is a digest by the ring;
-- spent sinks with time, and a row is forgotten when nothing depends on it any more.
create table network_tries (
    what      text             not null,
    network   text             not null,
    spent     double precision not null,
    spent_at  timestamptz      not null,
    forget_at timestamptz      not null,
    constraint "tries from a network are counted once" primary key (what, network)
);

create index "network tries: to forget" on network_tries (forget_at);

revoke all on network_tries from mart;
grant select, insert, update, delete on network_tries to mart;

-- +goose Down

drop table network_tries;
