-- +goose Up

-- Staff look for mails of a kind, and for those that have failed. What has failed says why: an index of states would be written anew with each step of each mail.
update notification set reason = 'Why is not known.' where status = 'failed' and reason = '';
create index "notification: of a kind" on notification (kind, created_at, id);
create index "notification: failed" on notification (created_at, id) where reason <> '';

-- +goose Down

drop index "notification: failed";
drop index "notification: of a kind";
