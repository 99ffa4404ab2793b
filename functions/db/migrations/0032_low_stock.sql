-- +goose Up

-- Of a mail that a product is low, the product.
alter table notification add column product_id uuid;

-- +goose Down
alter table notification drop column product_id;
