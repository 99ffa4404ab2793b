-- +goose Up

-- The newest link of a customer's that confirms an e-mail address. Of its token there is only the hash: who has the keys makes it of the id.
create table email_verification (
    customer_id uuid        not null,
    id          uuid        not null,
    token_hash  text        not null,
    expires_at  timestamptz not null,
    used_at     timestamptz,
    spent       float8      not null,
    spent_at    timestamptz not null,
    constraint "a customer has one e-mail verification" primary key (customer_id)
);

create unique index "an e-mail verification is of one customer" on email_verification (id);
create index "e-mail verification: to be forgotten" on email_verification (expires_at);

revoke all on email_verification from mart;
grant select, insert, update, delete on email_verification to mart;

-- Of a mail with a link that confirms an address, the verification that it is about. A welcome has it while the link is good.
alter table notification add column verification_id uuid;
grant update (verification_id) on notification to mart;

-- +goose Down
alter table notification drop column verification_id;
drop table email_verification;
