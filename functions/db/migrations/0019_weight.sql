-- +goose Up

-- What a product weighs, and how it is taxed. A release that knows neither leaves them as they are.
alter table product
    add column tax_class    text   not null default 'standard',
    add column weight_grams bigint not null default 0,
    add constraint "a weight is not negative" check (weight_grams >= 0);

-- +goose Down
alter table product drop column tax_class, drop column weight_grams;
