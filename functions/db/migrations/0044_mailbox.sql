-- +goose Up

-- Mails to an address that nobody has shown to be theirs are counted in addressed, by its mailbox and by what they are about; a db of the release before still
-- counts registrations there, under keys of its own. A mailbox is a digest by the ring; '': not known.
alter table customer add column mailbox text not null default '';
alter table email_verification
    add column mailbox        text not null default '',
    add column former_mailbox text not null default '';

-- By what bounds are counted of an order that was placed without an account, as long as it counts for any.
create table guest_order (
    order_id  uuid        not null,
    mailbox   text        not null,
    forget_at timestamptz not null,
    constraint "a guest's order is noted once" primary key (order_id),
    constraint "a guest's order is an order" foreign key (order_id) references orders (id)
);

create index "guest_order: to be forgotten" on guest_order (forget_at);

revoke all on guest_order from mart;
grant select, insert, update, delete on guest_order to mart;

-- An account that a db of the release before closes has no mailbox either.
-- +goose StatementBegin
create function forget_mailbox() returns trigger
    language plpgsql set search_path = pg_catalog, public as
$$
begin
    new.mailbox := '';
    return new;
end
$$;
-- +goose StatementEnd

create trigger "who is erased has no mailbox" before update on customer for each row
    when (old.deleted_at is null and new.deleted_at is not null) execute function forget_mailbox();

revoke all on function forget_mailbox() from public;

-- +goose Down

drop trigger "who is erased has no mailbox" on customer;
drop function forget_mailbox();
drop table guest_order;
alter table email_verification drop column mailbox, drop column former_mailbox;
alter table customer drop column mailbox;
