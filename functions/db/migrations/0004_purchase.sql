-- +goose Up

-- Ledgers and histories are written once.
-- +goose StatementBegin
create function refuse_change() returns trigger
    language plpgsql as
$$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;
-- +goose StatementEnd

create table orders (
    id            uuid        not null,
    version       bigint      not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    number        bigint      not null generated always as identity,
    customer_id   uuid        not null,
    status        text        not null,
    amount        bigint      not null,
    currency      text        not null,
    pay_by        timestamptz not null,
    expires_at    timestamptz not null,
    email         text        not null,
    customer_name text        not null,
    shipping      jsonb       not null,
    constraint "an order has one row" primary key (id),
    constraint "an order has one number" unique (number),
    constraint "an order's payments are for its total" unique (id, amount, currency),
    constraint "order versions count from one" check (version >= 1),
    constraint "an order costs something" check (amount > 0),
    constraint "an order does not end while a payment may begin" check (expires_at >= pay_by),
    constraint "an order is in a known state" check (status in
        ('placed', 'authorized', 'paid', 'fulfilled', 'delivered', 'returned', 'expired', 'cancelled'))
) with (fillfactor = 80);

create index "orders: newest first" on orders (created_at, id);
create index "orders: of a customer" on orders (customer_id, created_at, id);
create index "orders: in a state" on orders (status, created_at, id);

create table order_line (
    order_id   uuid   not null,
    position   int    not null,
    product_id uuid   not null,
    sku        text   not null,
    name       text   not null,
    amount     bigint not null,
    quantity   bigint not null,
    constraint "an order's lines are numbered" primary key (order_id, position),
    constraint "a line is of an order" foreign key (order_id) references orders (id),
    constraint "a line is of a product" foreign key (product_id) references product (id),
    constraint "a line has a price" check (amount >= 0),
    constraint "a line has a quantity" check (quantity >= 1)
);

create table order_history (
    order_id uuid        not null,
    version  bigint      not null,
    status   text        not null,
    at       timestamptz not null,
    by_type  text        not null,
    by_id    text        not null,
    note     text        not null,
    constraint "an order has each version once" primary key (order_id, version),
    constraint "a step is of an order" foreign key (order_id) references orders (id)
);

create table stock_ledger (
    id             bigint      not null generated always as identity,
    product_id     uuid        not null,
    version        bigint      not null,
    on_hand_delta  bigint      not null,
    reserved_delta bigint      not null,
    reason         text        not null,
    order_id       uuid,
    note           text        not null default '',
    by_type        text        not null,
    by_id          text        not null,
    at             timestamptz not null,
    constraint "a movement has one row" primary key (id),
    constraint "a product's stock has each version once" unique (product_id, version),
    constraint "a movement is of stock" foreign key (product_id) references stock (product_id),
    constraint "a movement for an order is of that order" foreign key (order_id) references orders (id),
    constraint "a movement does what its reason says" check (case reason
        when 'reserved' then order_id is not null and on_hand_delta = 0 and reserved_delta > 0
        when 'released' then order_id is not null and on_hand_delta = 0 and reserved_delta < 0
        when 'committed' then order_id is not null and on_hand_delta < 0 and reserved_delta = on_hand_delta
        when 'restocked' then order_id is not null and on_hand_delta > 0 and reserved_delta = 0
        else order_id is null and reserved_delta = 0 and on_hand_delta <> 0
            and reason in ('received', 'counted', 'damaged', 'lost', 'returned', 'corrected')
    end)
);

create unique index "an order does a thing to a product's stock once" on stock_ledger (order_id, product_id, reason) where order_id is not null;
create unique index "a reservation ends once" on stock_ledger (order_id, product_id) where reason in ('released', 'committed');

create table payment (
    id              uuid        not null,
    version         bigint      not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    order_id        uuid        not null,
    customer_id     uuid        not null,
    amount          bigint      not null,
    currency        text        not null,
    method          text        not null,
    provider_ref    text        not null default '',
    status          text        not null,
    step            text        not null default '',
    attempts        int         not null default 0,
    authorized      bigint      not null default 0,
    captured        bigint      not null default 0,
    promised        bigint      not null default 0,
    refunded        bigint      not null default 0,
    failure_code    text        not null default '',
    failure_message text        not null default '',
    redirect_url    text        not null default '',
    constraint "a payment has one row" primary key (id),
    constraint "a payment is for its order's total" foreign key (order_id, amount, currency) references orders (id, amount, currency),
    constraint "payment versions count from one" check (version >= 1),
    constraint "no more is taken than was agreed, and no more given back" check
        (0 <= refunded and refunded <= promised and promised <= captured and captured <= authorized and authorized <= amount),
    constraint "a payment is in a known state" check (status in
        ('started', 'requires_action', 'authorized', 'captured', 'declined', 'unknown', 'voided', 'partially_refunded', 'refunded')),
    constraint "a payment's next step is known" check (step in ('', 'authorize', 'capture', 'void'))
) with (fillfactor = 80);

create unique index "an order has one payment under way" on payment (order_id) 
    where status in ('started', 'requires_action', 'authorized', 'unknown') and step <> 'void';
create unique index "a payment at the provider is one of ours" on payment (provider_ref) where provider_ref <> '';
create index "payment: of an order" on payment (order_id, created_at, id);
create index "payment: newest first" on payment (created_at, id);
create index "payment: of a customer" on payment (customer_id, created_at, id);

create table refund (
    id           uuid        not null,
    payment_id   uuid        not null,
    position     int         not null,
    amount       bigint      not null,
    reason       text        not null,
    status       text        not null,
    requested_at timestamptz not null,
    constraint "a refund has one row" primary key (id),
    constraint "a payment's refunds are numbered" unique (payment_id, position),
    constraint "a refund is of a payment" foreign key (payment_id) references payment (id),
    constraint "a refund gives something back" check (amount > 0),
    constraint "a refund is in a known state" check (status in ('requested', 'refunded', 'failed'))
);

create table payment_history (
    payment_id uuid        not null,
    version    bigint      not null,
    status     text        not null,
    step       text        not null,
    at         timestamptz not null,
    constraint "a payment has each version once" primary key (payment_id, version),
    constraint "a step is of a payment" foreign key (payment_id) references payment (id)
);

create table payment_ledger (
    id         bigint      not null generated always as identity,
    payment_id uuid        not null,
    step       text        not null,
    refund_id  uuid,
    amount     bigint      not null,
    currency   text        not null,
    at         timestamptz not null,
    constraint "an entry has one row" primary key (id),
    constraint "an entry is of a payment" foreign key (payment_id) references payment (id),
    constraint "an entry is of a refund" foreign key (refund_id) references refund (id),
    constraint "an entry is money held, taken, let go or given back" check (amount > 0 and step in ('authorize', 'capture', 'void', 'refund')),
    constraint "an entry of a refund names it" check ((step = 'refund') = (refund_id is not null))
);

create unique index "money moves once for a step" on payment_ledger (payment_id, step, coalesce(refund_id, payment_id));

create table notification (
    id          uuid        not null,
    version     bigint      not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    kind        text        not null,
    to_address  text        not null,
    to_name     text        not null,
    customer_id uuid        not null,
    order_id    uuid,
    amount      bigint,
    currency    text,
    status      text        not null,
    attempts    int         not null,
    message_id  text        not null,
    token       text        not null default '',
    lease_until timestamptz,
    reason      text        not null default '',
    constraint "a mail has one row" primary key (id),
    constraint "a mail has a Message-ID of its own" unique (message_id),
    constraint "a mail is about an order" foreign key (order_id) references orders (id),
    constraint "mail versions count from one" check (version >= 1),
    constraint "a mail is in a known state" check (status in ('sending', 'sent', 'failed')),
    constraint "a mail is sent by whoever holds its lease" check (status <> 'sending' or (token <> '' and lease_until is not null))
);

create index "notification: newest first" on notification (created_at, id);
create index "notification: of an order" on notification (order_id) where order_id is not null;
create index "notification: of a customer" on notification (customer_id, created_at, id);

create trigger append_only before update or delete or truncate on order_line for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on order_history for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on stock_ledger for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on payment_history for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on payment_ledger for each statement execute function refuse_change();

revoke all on orders, order_line, order_history, stock_ledger, payment, refund, payment_history, payment_ledger, notification from mart;
grant select, insert on orders, order_line, order_history, stock_ledger, payment, refund, payment_history, payment_ledger, notification to mart;
grant update (version, updated_at, status, expires_at) on orders to mart;
grant update (version, updated_at, provider_ref, status, step, attempts, authorized, captured, promised, refunded, failure_code, failure_message, redirect_url) on payment to mart;
grant update (status) on refund to mart;
grant update (version, updated_at, to_address, to_name, status, attempts, token, lease_until, reason) on notification to mart;

-- +goose Down
drop table notification, payment_ledger, payment_history, refund, payment, stock_ledger, order_history, order_line, orders;
drop function refuse_change();
