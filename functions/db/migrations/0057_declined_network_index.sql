-- +goose NO TRANSACTION
-- +goose Up

-- The declined payments of a network, found without a look at the others; made beside the work on payments.
drop index concurrently if exists "payment: declined, at a network";
create index concurrently "payment: declined, at a network" on payment (network, created_at) where status = 'declined' and network <> '';

-- +goose Down

drop index concurrently if exists "payment: declined, at a network";
