-- +goose Up

-- The numbers of a batch are taken before its rows are written, so that they can be told.
grant usage on sequence orders_number_seq, stock_ledger_id_seq to mart;

-- +goose Down
revoke usage on sequence orders_number_seq, stock_ledger_id_seq from mart;
