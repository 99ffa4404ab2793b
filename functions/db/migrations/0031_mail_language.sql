-- +goose Up

-- The language of mails to a customer, and of each mail as it was when it was claimed: '' is the mart's own.
alter table customer add column language text not null default '';
alter table notification add column language text not null default '';
grant update (language) on notification to mart;

-- The picture of what was sold, as it was when it was ordered.
alter table order_line add column image_url text not null default '';

-- +goose Down
alter table order_line drop column image_url;
alter table notification drop column language;
alter table customer drop column language;
