-- +goose NO TRANSACTION
-- +goose Up

-- Staff look for mails of a kind, and for those that have failed. What has failed says why: an index of states would be written anew with each step of each mail.
update notification set reason = 'Why is not known.' where status = 'failed' and reason = '';
drop index concurrently if exists "notification: of a kind";
create index concurrently "notification: of a kind" on notification (kind, created_at, id);
drop index concurrently if exists "notification: failed";
create index concurrently "notification: failed" on notification (created_at, id) where reason <> '';

-- +goose Down

drop index concurrently if exists "notification: failed";
drop index concurrently if exists "notification: of a kind";
