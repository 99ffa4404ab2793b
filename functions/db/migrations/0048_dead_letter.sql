-- +goose Up

-- What could not be delivered, as it lies in its topic, for as long as it lies there: for whoever looks into it, and sends it again or discards it.
-- What an event says is kept to the byte, because its seal covers that; what is personal in it is encrypted, as in the topic.
create table dead_letter (
    id          uuid        not null,
    place       text        not null,
    event       uuid        not null,
    event_id    text        not null,
    source      text        not null,
    type        text        not null,
    subject     text        not null,
    sent_at     timestamptz,
    correlation text        not null,
    causation   text        not null,
    traceparent text        not null,
    by_type     text        not null,
    by_id       text        not null,
    fingerprint text        not null,
    seal        text        not null,
    function    text        not null,
    failed      text        not null,
    code        text        not null,
    reason      text        not null,
    topic       text        not null,
    bytes       integer     not null,
    data        text        not null,
    hopeless    text        not null,
    expires_at  timestamptz,
    at          timestamptz not null,
    marks_from  timestamptz,
    constraint "a dead letter has one row" primary key (id)
);

create index "dead letter: of an event" on dead_letter (event, at desc, id);
create index "dead letter: by age" on dead_letter (at);

-- What somebody has done about a letter: by the API, or by the command line, which writes it beside the letter. It may come before its letter.
create table dead_letter_mark (
    id        uuid        not null,
    letter_id uuid        not null,
    kind      text        not null,
    run       text        not null,
    at        timestamptz not null,
    by_type   text        not null,
    by_id     text        not null,
    reason    text        not null,
    constraint "a mark of a dead letter has one row" primary key (id),
    constraint "a mark of a dead letter is of a known kind" check (kind in ('claimed', 'replayed', 'discarded'))
);

create index "dead letter mark: of a letter" on dead_letter_mark (letter_id);
create index "dead letter mark: by age" on dead_letter_mark (at);

revoke all on dead_letter, dead_letter_mark from mart;
grant select, insert, update, delete on dead_letter to mart;
grant select, insert, delete on dead_letter_mark to mart;

-- +goose Down
drop table dead_letter_mark;
drop table dead_letter;
