-- +goose Up

-- The part of a country, where taxes depend on it.
alter table address add column region text not null default '';

-- +goose Down
alter table address drop column region;
