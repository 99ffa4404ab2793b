-- +goose Up

-- What an order costs besides its goods: charges, and taxes that are added. Taxes that are included are in the goods and charges already. An order of
-- a release that knows neither costs its goods alone, and has no sum of them (goods).
alter table orders
    add column goods        bigint,
    add column charged      bigint not null default 0,
    add column added_tax    bigint not null default 0,
    add column included_tax bigint not null default 0,
    add constraint "an order costs its goods, its charges and what is added" check (amount = coalesce(goods, amount) + charged + added_tax),
    add constraint "nothing that an order costs is negative" check (goods >= 0 and charged >= 0 and added_tax >= 0 and included_tax >= 0),
    add constraint "the taxes in prices are no more than the prices" check (included_tax <= amount - added_tax);

-- What of its tax each line carries, and of which: '' is of none.
alter table order_line
    add column tax      bigint not null default 0,
    add column taxed_as text   not null default '',
    add constraint "a line carries no more tax than it costs" check (0 <= tax and tax <= amount * quantity),
    add constraint "what is not taxed carries no tax" check (tax = 0 or taxed_as <> '');

create table order_charge (
    order_id           uuid   not null,
    position           int    not null,
    shipping_method_id uuid   not null,
    name               text   not null,
    tax_class          text   not null,
    amount             bigint not null,
    tax                bigint not null,
    taxed_as           text   not null,
    constraint "an order's charges are numbered" primary key (order_id, position),
    constraint "a charge is of an order" foreign key (order_id) references orders (id),
    constraint "a charge is for a shipping method" foreign key (shipping_method_id) references shipping_method (id),
    constraint "a charge carries no more tax than it is" check (0 <= tax and tax <= amount),
    constraint "a charge that is not taxed carries no tax" check (tax = 0 or taxed_as <> '')
);

create table order_tax (
    order_id  uuid    not null,
    position  int     not null,
    name      text    not null,
    tax_class text    not null,
    rate      bigint  not null,
    included  boolean not null,
    taxed     bigint  not null,
    amount    bigint  not null,
    constraint "an order's taxes are numbered" primary key (order_id, position),
    constraint "an order has one tax of a class" unique (order_id, tax_class),
    constraint "a tax is of an order" foreign key (order_id) references orders (id),
    constraint "a tax is a part of what is taxed" check (0 <= amount and amount <= taxed)
);

create trigger append_only before update or delete or truncate on order_charge for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on order_tax for each statement execute function refuse_change();

-- What of a refund is tax, of each of its order's taxes in their order; nothing where a release that knows no taxes has promised it.
-- +goose StatementBegin
create function sum_of(amounts bigint[]) returns bigint
    language sql immutable parallel safe
    return (select coalesce(sum(amount), 0)::bigint from unnest(amounts) as a (amount));
-- +goose StatementEnd
alter table refund
    add column taxes bigint[] not null default '{}',
    add constraint "a refund carries no more tax than it is" check (0 <= all (taxes) and sum_of(taxes) <= amount);

revoke all on order_charge, order_tax from mart;
grant select, insert on order_charge, order_tax to mart;

-- +goose Down
alter table refund drop column taxes;
drop function sum_of(bigint[]);
drop table order_tax, order_charge;
alter table order_line drop column tax, drop column taxed_as;
alter table orders drop column goods, drop column charged, drop column added_tax, drop column included_tax;
