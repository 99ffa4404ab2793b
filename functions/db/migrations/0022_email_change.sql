-- +goose Up

-- What a customer's address becomes by a link, in the two forms in which a customer has it, and what it was before the link of that id was followed: '' where
-- it stays.
alter table email_verification
    add column address       text not null default '',
    add column email_cipher  text not null default '',
    add column former_cipher text not null default '',
    add column former_of     text not null default '';

-- +goose Down
alter table email_verification drop column address, drop column email_cipher, drop column former_cipher, drop column former_of;
