-- +goose Up

-- Money that was given back may come back: the customer's bank does not take it. The ledger says so in an entry of its own.
alter table payment_ledger
    drop constraint "an entry is money held, taken, let go or given back",
    drop constraint "an entry of a refund names it",
    add constraint "an entry is money held, taken, let go, given back or come back"
        check (amount > 0 and step in ('authorize', 'capture', 'void', 'refund', 'refund_bounced')),
    add constraint "an entry of a refund names it" check ((step in ('refund', 'refund_bounced')) = (refund_id is not null));

-- +goose Down
alter table payment_ledger
    drop constraint "an entry is money held, taken, let go, given back or come back",
    drop constraint "an entry of a refund names it",
    add constraint "an entry is money held, taken, let go or given back"
        check (amount > 0 and step in ('authorize', 'capture', 'void', 'refund')) not valid,
    add constraint "an entry of a refund names it" check ((step = 'refund') = (refund_id is not null)) not valid;
