-- +goose Up

-- What was declined is counted by where it was paid from, too: a digest by the ring, for a day. '': a function or a db of the release before has begun the payment,
-- or it counts for nothing.
alter table payment add column network text not null default '';

grant update (network) on payment to mart;

-- +goose Down

alter table payment drop column network;
