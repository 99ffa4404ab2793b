-- What db reads, locks and writes for one purchase, a transaction a command, as plain statements. A test holds it against a purchase in a mart:
-- the same rows in the same tables, changed as often. What it leaves out makes it faster, never slower: the results are stored and marked as
-- published by one update, and results have the size that they take in the table, compressed.
-- Ids end in the number of the purchase, which pgbench counts; what is in braces is filled in before. The product and the customer are one pair of
-- as many as a measurement has; choosing it is one trivial select more than db has.
\set i :i + 1
\set p :run * 100000000000 + :client_id * 1000000000 + :i
\set pair random(1, {{pairs}})
select ('{{products}}'::text[])[:pair::int] as product, ('{{customers}}'::text[])[:pair::int] as customer \gset

-- order.place
begin;
insert into inbox (source, id, type, subject, fingerprint, asked_by, asked_by_id) values ('/mart/order', '01a21e03-0001-7000-8000-' || :p, 'com.onlinemart.order.place.v1', '01a21e03-0000-7000-8000-' || :p, 'a5a677beca5b7806dfbaa4dfb5396d0d', 'app_user', :customer) on conflict do nothing;
select status from customer where id = :customer and deleted_at is null;
select p.sku, p.name, p.amount, p.currency, s.on_hand - s.reserved, (select count(*) from orders o where o.customer_id = :customer and o.created_at > now() - interval '26 minutes' and o.status = 'placed') from stock s join product p on p.id = s.product_id where s.product_id = :product and p.status = 'published' and p.deleted_at is null for update of s;
insert into orders (id, version, created_at, updated_at, customer_id, status, amount, currency, pay_by, expires_at, email, customer_name, shipping) select ('01a21e03-0000-7000-8000-' || :p)::uuid, 1, now(), now(), c.id, 'placed', 1999, 'EUR', now() + interval '15 minutes', now() + interval '15 minutes', c.email_cipher, c.name, '{{shipping}}' from customer c where c.id = :customer and c.status = 'active' and c.deleted_at is null;
insert into order_line (order_id, position, product_id, sku, name, amount, quantity) values (('01a21e03-0000-7000-8000-' || :p)::uuid, 1, :product, 'a3ee80d0-0ccf-47d8', 'Bench 0', 1999, 1);
insert into order_history (order_id, version, status, at, by_type, by_id, note) values (('01a21e03-0000-7000-8000-' || :p)::uuid, 1, 'placed', now(), 'app_user', :customer, '');
with moved as (update stock set reserved = reserved + 1, version = version + 1, updated_at = now() where product_id = :product returning product_id, version) insert into stock_ledger (product_id, version, on_hand_delta, reserved_delta, reason, order_id, by_type, by_id, at) select product_id, version, 0, 1, 'reserved', ('01a21e03-0000-7000-8000-' || :p)::uuid, 'app_user', :customer, now() from moved;
insert into deadline (kind, subject, due_at) values ('order', ('01a21e03-0000-7000-8000-' || :p)::uuid, now() + interval '15 minutes');
update inbox set results = '{{results 1640}}', completed_at = now(), published_at = now() where source = '/mart/order' and id = '01a21e03-0001-7000-8000-' || :p and results is null;
commit;

-- payment.start
begin;
insert into inbox (source, id, type, subject, fingerprint, asked_by, asked_by_id) values ('/mart/payment', '01a21e03-0002-7000-8000-' || :p, 'com.onlinemart.payment.start.v1', '01a21e03-0009-7000-8000-' || :p, 'da33ab6999283d90c7d26e416161dc78', 'app_user', :customer) on conflict do nothing;
select status from customer where id = :customer and deleted_at is null;
select o.version, o.status, o.pay_by, (select json_agg(l.*) from order_line l where l.order_id = o.id) from orders o where o.id = ('01a21e03-0000-7000-8000-' || :p)::uuid for update;
select p.id from payment p where p.order_id = ('01a21e03-0000-7000-8000-' || :p)::uuid and (p.status in ('started', 'requires_action', 'authorized', 'unknown') and p.step <> 'void' or p.captured > p.promised) order by p.created_at desc limit 1;
insert into payment (id, version, created_at, updated_at, order_id, customer_id, amount, currency, method, status, step) values (('01a21e03-0009-7000-8000-' || :p)::uuid, 1, now(), now(), ('01a21e03-0000-7000-8000-' || :p)::uuid, :customer, 1999, 'EUR', 'pm_card_visa', 'started', 'authorize');
insert into payment_history (payment_id, version, status, step, at) values (('01a21e03-0009-7000-8000-' || :p)::uuid, 1, 'started', 'authorize', now());
update orders set expires_at = greatest(pay_by, now() + interval '10 minutes') where id = ('01a21e03-0000-7000-8000-' || :p)::uuid;
update deadline set due_at = now() + interval '15 minutes', fired_at = null where kind = 'order' and subject = ('01a21e03-0000-7000-8000-' || :p)::uuid;
insert into deadline (kind, subject, due_at) values ('payment', ('01a21e03-0009-7000-8000-' || :p)::uuid, now() + interval '1 minute');
update inbox set results = '{{results 923}}', completed_at = now(), published_at = now() where source = '/mart/payment' and id = '01a21e03-0002-7000-8000-' || :p and results is null;
commit;

-- payment.record: authorized
begin;
insert into inbox (source, id, type, subject, fingerprint, asked_by, asked_by_id) values ('/mart/payment', '01a21e03-0003-7000-8000-' || :p, 'com.onlinemart.payment.record.v1', '01a21e03-0009-7000-8000-' || :p, 'f9e7ba43ab57afa1f2b435186f7e4fb5', 'system', 'payment') on conflict do nothing;
select from orders o where o.id = (select p.order_id from payment p where p.id = ('01a21e03-0009-7000-8000-' || :p)::uuid) for update of o;
select p.*, o.*, (select json_agg(l.*) from order_line l where l.order_id = o.id) from payment p join orders o on o.id = p.order_id where p.id = ('01a21e03-0009-7000-8000-' || :p)::uuid;
update orders set version = 2, updated_at = now(), status = 'authorized' where id = ('01a21e03-0000-7000-8000-' || :p)::uuid and version = 1;
insert into order_history (order_id, version, status, at, by_type, by_id, note) values (('01a21e03-0000-7000-8000-' || :p)::uuid, 2, 'authorized', now(), 'system', 'payment', '');
update payment set version = 2, updated_at = now(), provider_ref = 'pi_' || :p, status = 'authorized', step = 'capture', authorized = 1999 where id = ('01a21e03-0009-7000-8000-' || :p)::uuid and version = 1;
insert into payment_history (payment_id, version, status, step, at) values (('01a21e03-0009-7000-8000-' || :p)::uuid, 2, 'authorized', 'capture', now());
insert into payment_ledger (payment_id, step, amount, currency, at) values (('01a21e03-0009-7000-8000-' || :p)::uuid, 'authorize', 1999, 'EUR', now());
update deadline set due_at = now() + interval '1 minute', fired_at = null where kind = 'payment' and subject = ('01a21e03-0009-7000-8000-' || :p)::uuid;
delete from deadline where kind = 'order' and subject = ('01a21e03-0000-7000-8000-' || :p)::uuid;
update inbox set results = '{{results 1592}}', completed_at = now(), published_at = now() where source = '/mart/payment' and id = '01a21e03-0003-7000-8000-' || :p and results is null;
commit;

-- payment.record: captured
begin;
insert into inbox (source, id, type, subject, fingerprint, asked_by, asked_by_id) values ('/mart/payment', '01a21e03-0004-7000-8000-' || :p, 'com.onlinemart.payment.record.v1', '01a21e03-0009-7000-8000-' || :p, 'be9c3e9d9e044c03938cc6da0932935c', 'system', 'payment') on conflict do nothing;
select from orders o where o.id = (select p.order_id from payment p where p.id = ('01a21e03-0009-7000-8000-' || :p)::uuid) for update of o;
select p.*, o.*, (select json_agg(l.*) from order_line l where l.order_id = o.id) from payment p join orders o on o.id = p.order_id where p.id = ('01a21e03-0009-7000-8000-' || :p)::uuid;
update orders set version = 3, updated_at = now(), status = 'paid' where id = ('01a21e03-0000-7000-8000-' || :p)::uuid and version = 2;
insert into order_history (order_id, version, status, at, by_type, by_id, note) values (('01a21e03-0000-7000-8000-' || :p)::uuid, 3, 'paid', now(), 'system', 'payment', '');
update payment set version = 3, updated_at = now(), status = 'captured', step = '', captured = 1999 where id = ('01a21e03-0009-7000-8000-' || :p)::uuid and version = 2;
insert into payment_history (payment_id, version, status, step, at) values (('01a21e03-0009-7000-8000-' || :p)::uuid, 3, 'captured', '', now());
insert into payment_ledger (payment_id, step, amount, currency, at) values (('01a21e03-0009-7000-8000-' || :p)::uuid, 'capture', 1999, 'EUR', now());
delete from deadline where kind = 'payment' and subject = ('01a21e03-0009-7000-8000-' || :p)::uuid;
update inbox set results = '{{results 1596}}', completed_at = now(), published_at = now() where source = '/mart/payment' and id = '01a21e03-0004-7000-8000-' || :p and results is null;
commit;

-- inventory.commit
begin;
insert into inbox (source, id, type, subject, fingerprint, asked_by, asked_by_id) values ('/mart/inventory', '01a21e03-0005-7000-8000-' || :p, 'com.onlinemart.inventory.commit.v1', '01a21e03-0000-7000-8000-' || :p, 'acb61803bb83d4a51b6fdd44ea05aa3e', 'system', 'inventory') on conflict do nothing;
select from stock where product_id in (select l.product_id from order_line l where l.order_id = ('01a21e03-0000-7000-8000-' || :p)::uuid) order by product_id for update;
select o.status, l.product_id, max(l.reserved_delta) filter (where l.reason = 'reserved'), array_agg(l.reason) from stock_ledger l join orders o on o.id = l.order_id where l.order_id = ('01a21e03-0000-7000-8000-' || :p)::uuid group by o.status, l.product_id order by l.product_id;
with moved as (update stock set on_hand = on_hand - 1, reserved = reserved - 1, version = version + 1, updated_at = now() where product_id = :product returning product_id, version) insert into stock_ledger (product_id, version, on_hand_delta, reserved_delta, reason, order_id, by_type, by_id, at) select product_id, version, -1, -1, 'committed', ('01a21e03-0000-7000-8000-' || :p)::uuid, 'system', 'inventory', now() from moved;
update inbox set results = '{{results 800}}', completed_at = now(), published_at = now() where source = '/mart/inventory' and id = '01a21e03-0005-7000-8000-' || :p and results is null;
commit;

-- notification.claim
begin;
insert into inbox (source, id, type, subject, fingerprint, asked_by, asked_by_id) values ('/mart/notification', '01a21e03-0006-7000-8000-' || :p, 'com.onlinemart.notification.claim.v1', '01a21e03-0008-7000-8000-' || :p, 'e54341001d4ce5721de134215af9f1c9', 'system', 'notification') on conflict do nothing;
insert into notification (id, version, created_at, updated_at, kind, to_address, to_name, customer_id, to_staff, order_id, amount, currency, status, attempts, message_id, token, lease_until) select ('01a21e03-0008-7000-8000-' || :p)::uuid, 1, now(), now(), 'order_paid', c.email_cipher, c.name, c.id, false, ('01a21e03-0000-7000-8000-' || :p)::uuid, 1999, 'EUR', 'sending', 1, '01a21e03-0008-7000-8000-' || :p || '@onlinemart.example', '01a21e03-0007-7000-8000-' || :p, now() + interval '1 minute' from customer c where c.id = :customer and c.deleted_at is null;
insert into deadline (kind, subject, due_at) values ('notification', ('01a21e03-0008-7000-8000-' || :p)::uuid, now() + interval '1 minute');
update inbox set results = '{{results 1130}}', completed_at = now(), published_at = now() where source = '/mart/notification' and id = '01a21e03-0006-7000-8000-' || :p and results is null;
commit;

-- notification.record
begin;
insert into inbox (source, id, type, subject, fingerprint, asked_by, asked_by_id) values ('/mart/notification', '01a21e03-0007-7000-8000-' || :p, 'com.onlinemart.notification.record.v1', '01a21e03-0008-7000-8000-' || :p, '0f78df97fd0a4c370c8d7765a9ad182d', 'system', 'notification') on conflict do nothing;
update notification set version = version + 1, updated_at = now(), status = 'sent', token = '', lease_until = null where id = ('01a21e03-0008-7000-8000-' || :p)::uuid and status = 'sending' and token = '01a21e03-0007-7000-8000-' || :p;
delete from deadline where kind = 'notification' and subject = ('01a21e03-0008-7000-8000-' || :p)::uuid;
update inbox set results = '{{results 1038}}', completed_at = now(), published_at = now() where source = '/mart/notification' and id = '01a21e03-0007-7000-8000-' || :p and results is null;
commit;
