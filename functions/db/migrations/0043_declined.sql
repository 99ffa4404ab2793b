-- +goose Up

-- How many payments of a customer were declined lately is asked with every payment; those that were not declined need not be looked at for it.
create index "payment: declined, of a customer" on payment (customer_id, created_at) where status = 'declined';

-- +goose Down

drop index "payment: declined, of a customer";
