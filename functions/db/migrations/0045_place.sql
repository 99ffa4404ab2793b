-- +goose Up

-- What guests leave unpaid is counted by their mailbox and by where they order from, and by the latter alone: digests by the ring. '': a db of the release before
-- has placed the order.
alter table guest_order
    add column place   text not null default '',
    add column network text not null default '';

create index "guest_order: of a guest" on guest_order (place);
create index "guest_order: at a network" on guest_order (network);

-- +goose Down

alter table guest_order drop column place, drop column network;
