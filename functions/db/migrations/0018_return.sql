-- +goose Up

-- Of goods, how many are not to be sent any more; of those that have arrived, how many are to come back or have (claimed), and how many have.
alter table order_goods
    add column cancelled bigint not null default 0,
    add column claimed   bigint not null default 0,
    add column returned  bigint not null default 0,
    add constraint "no more comes back than is claimed, nor claimed than arrived" check
        (0 <= returned and returned <= claimed and claimed <= delivered),
    add constraint "what is cancelled is not sent" check (0 <= cancelled and sent + cancelled <= ordered);
grant update (cancelled, claimed, returned) on order_goods to mart;

-- +goose Down
alter table order_goods drop column cancelled, drop column claimed, drop column returned;
