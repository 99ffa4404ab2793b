-- +goose Up

-- What is to be done on Kafka about a letter once that is decided: its event sent again, where it is to be, and the mark written beside it. A row has
-- the id of its mark. What could not be done is tried again at again_at, later each time; sent_at is when the event was known to be there, and is
-- not sent again for the mark's sake.
create table dead_letter_errand (
    id        uuid        not null,
    letter_id uuid        not null,
    event_id  text        not null,
    at        timestamptz not null default now(),
    tries     integer     not null default 0,
    again_at  timestamptz not null default now(),
    sent_at   timestamptz,
    done_at   timestamptz,
    constraint "what is decided of a letter is done once" primary key (id)
);

create index "dead letter errand: to be done" on dead_letter_errand (again_at) where done_at is null;
create index "dead letter errand: by age" on dead_letter_errand (at);

revoke all on dead_letter_errand from mart;
grant select, insert, update, delete on dead_letter_errand to mart;

-- +goose Down
drop table dead_letter_errand;
