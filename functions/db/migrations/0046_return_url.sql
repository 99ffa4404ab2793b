-- +goose Up

-- The page that a buyer comes back to after 3-D Secure, where the payment names one: the provider may have to be asked again, for the very
-- same. It is empty once the provider has answered.
alter table payment add column return_url text not null default '';

grant update (return_url) on payment to mart;

-- +goose Down

alter table payment drop column return_url;
