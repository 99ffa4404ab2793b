-- +goose Up

-- The log-in by which a customer has asked for another e-mail address: it goes on once the link is followed, which ends all others.
alter table email_verification add column session_id uuid;

-- +goose Down

alter table email_verification drop column session_id;
