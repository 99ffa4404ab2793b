-- +goose Up

-- The page that a buyer comes back to after 3-D Secure, encrypted: it may tell whose payment it is. return_url has that of payments which the release before has
-- begun, in clear, until the provider has answered.
alter table payment add column return_page text not null default '';

grant update (return_page) on payment to mart;

-- +goose Down

alter table payment drop column return_page;
