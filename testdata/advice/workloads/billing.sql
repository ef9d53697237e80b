-- Billing of 2,000 organisations on PostgreSQL: 80,000 customers, 100,000 subscriptions (85 % active), 150,000 invoices
-- (4 % open), 300,000 lines, 120,000 payments (2 % refunded), 240,000 usages in two partitions, 120,000 deliveries of
-- web hooks (0.25 % pending), 150,000 entries of a ledger. What is expected was written down from that alone, before
-- anything was asked for advice. ` | ` parts what a good administrator would also sign; `...` stands for any keys behind.

-- calls: 60 ms: 1 expect: none
SELECT id, org_id FROM api_key WHERE digest = '\x{n}aa';

-- calls: 60 ms: 1 expect: none
SELECT id FROM organization WHERE lower(slug) = 'org-{n}';

-- calls: 40 ms: 1 expect: none
SELECT id, name FROM customer WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' AND external_id = 'cus_{n}';

-- calls: 30 ms: 1 expect: none
SELECT id, name FROM customer WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 25;

-- calls: 20 ms: 1 expect: none
SELECT id, name FROM customer WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' AND external_id LIKE 'cus_1{n}%';

-- calls: 40 ms: 30 expect: index billing.customer (lower(email)) | billing.customer (lower(email)) WHERE deleted_at IS NULL
SELECT id, org_id, name FROM customer WHERE lower(email) = lower('User{n}@example.org') AND deleted_at IS NULL;

-- calls: 20 ms: 35 expect: index billing.customer (metadata jsonb_path_ops) | billing.customer (metadata)
SELECT id FROM customer WHERE metadata @> '{"crm_id": {n}}';

-- calls: 20 ms: 30 expect: index billing.customer (tags)
SELECT id FROM customer WHERE tags && ARRAY['t{n}', 't1{n}'];

-- calls: 12 ms: 20 expect: index billing.customer (name text_pattern_ops)
SELECT id, name FROM customer WHERE name LIKE 'Name {n}%' AND deleted_at IS NULL ORDER BY name LIMIT 10;

-- calls: 8 ms: 60 expect: rewrite leading-wildcard
SELECT id, name FROM customer WHERE email ILIKE '%user{n}%' LIMIT 20;

-- calls: 40 ms: 18 expect: index billing.subscription (customer_id, ...)
SELECT s.id, s.state, p.code FROM subscription s JOIN price_plan p ON p.id = s.plan_id WHERE s.customer_id = {n} AND s.state <> 'canceled';

-- calls: 20 ms: 40 expect: index billing.subscription (period_end) | billing.subscription (state, period_end) | billing.subscription (period_end) WHERE state = 'active' | billing.subscription (period_end, state)
SELECT id, org_id, plan_id FROM subscription WHERE state = 'active' AND period_end <= '2025-02-01 00:{n}' ORDER BY period_end LIMIT 100;

-- calls: 8 ms: 18 expect: index billing.subscription (cancel_at) | billing.subscription (cancel_at) WHERE cancel_at IS NOT NULL
SELECT id FROM subscription WHERE cancel_at IS NOT NULL AND cancel_at < '2025-01-{n}';

-- calls: 6 ms: 22 expect: none
SELECT count(*) FROM subscription WHERE state = 'active' AND quantity > 1;

-- calls: 30 ms: 25 expect: index billing.invoice (org_id, number) | billing.invoice (number, org_id) | billing.invoice (number) | billing.invoice (org_id, ...)
SELECT id, state, total_cents FROM invoice WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' AND number = 'INV-{n}';

-- calls: 30 ms: 28 expect: index billing.invoice (org_id, ...)
SELECT id, number, total_cents FROM invoice WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' AND state = 'paid' ORDER BY issued_at DESC, id DESC LIMIT 50;

-- calls: 12 ms: 30 expect: index billing.invoice (due_on) WHERE state = 'open' | billing.invoice (state, due_on) | billing.invoice (due_on, state) | billing.invoice (due_on)
SELECT id, customer_id, total_cents FROM invoice WHERE state = 'open' AND due_on < '2024-01-{n}';

-- calls: 6 ms: 30 expect: index billing.invoice (due_on) WHERE state = 'open' | billing.invoice (state, due_on) | billing.invoice (due_on, state) | billing.invoice (due_on)
UPDATE invoice SET state = 'uncollectible' WHERE state = 'open' AND due_on < '2023-01-{n}';

-- calls: 15 ms: 45 expect: index billing.invoice (issued_at, ...)
SELECT id, issued_at, total_cents FROM invoice WHERE (issued_at, id) < ('2025-02-{n}', 5000) ORDER BY issued_at DESC, id DESC LIMIT 50;

-- calls: 8 ms: 45 expect: index billing.invoice (total_cents DESC, issued_at) | billing.invoice (total_cents, issued_at DESC)
SELECT id, total_cents FROM invoice ORDER BY total_cents DESC, issued_at LIMIT 20;

-- calls: 25 ms: 26 expect: index billing.invoice (customer_id, ...)
SELECT id, due_on, total_cents FROM invoice WHERE customer_id = {n} ORDER BY due_on, total_cents DESC LIMIT 10;

-- calls: 15 ms: 26 expect: index billing.invoice (customer_id, ...)
SELECT id, customer_id, issued_at FROM invoice WHERE customer_id IN ({n}, 1{n}, 2{n}) ORDER BY issued_at DESC LIMIT 10;

-- calls: 12 ms: 60 expect: index billing.invoice (customer_id, ...)
SELECT c.id, i.id, i.total_cents FROM customer c CROSS JOIN LATERAL (SELECT x.id, x.total_cents FROM invoice x WHERE x.customer_id = c.id ORDER BY x.issued_at DESC LIMIT 1) i WHERE c.org_id = '00000000-0000-0000-0000-0000000000{n}';

-- calls: 8 ms: 70 expect: index billing.invoice (customer_id, ...)
SELECT c.id, (SELECT sum(i.total_cents) FROM invoice i WHERE i.customer_id = c.id AND i.state = 'open') AS due FROM customer c WHERE c.org_id = '00000000-0000-0000-0000-0000000000{n}' AND c.deleted_at IS NULL;

-- calls: 15 ms: 24 expect: index billing.invoice (customer_id, ...)
SELECT id, total_cents FROM open_invoice WHERE payer_id = {n};

-- calls: 8 ms: 30 expect: index billing.invoice (org_id, ...)
SELECT DISTINCT ON (customer_id) customer_id, id, issued_at FROM invoice WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' ORDER BY customer_id, issued_at DESC;

-- calls: 6 ms: 28 expect: index billing.invoice (state, issued_at) | billing.invoice (issued_at) WHERE state = 'draft' | billing.invoice (issued_at, ...)
SELECT id, org_id FROM invoice WHERE state = 'draft' AND issued_at >= '2025-02-20';

-- calls: 5 ms: 60 expect: rewrite function-on-column
SELECT count(*), sum(total_cents) FROM invoice WHERE date_trunc('month', issued_at) = '2025-02-01';

-- calls: 5 ms: 40 expect: rewrite function-on-column
SELECT id, total_cents FROM invoice WHERE issued_at::date = '2024-02-{n}';

-- calls: 6 ms: 30 expect: rewrite implicit-conversion
SELECT id, number FROM invoice WHERE id = {n}.0;

-- calls: 4 ms: 80 expect: none
SELECT to_char(issued_at, 'YYYY-MM') AS month, sum(total_cents) FROM invoice GROUP BY 1 ORDER BY 1;

-- calls: 4 ms: 25 expect: none
SELECT count(*) FROM invoice;

-- calls: 30 ms: 1 expect: none
SELECT id, number FROM invoice WHERE id = ANY ('{{n}, 1{n}, 2{n}}');

-- calls: 30 ms: 1 expect: none
SELECT line_no, sku, amount_cents FROM invoice_line WHERE invoice_id = {n} ORDER BY line_no;

-- calls: 30 ms: 1 expect: none
SELECT id, state FROM payment WHERE invoice_id = {n};

-- calls: 25 ms: 20 expect: index billing.payment (provider_ref)
SELECT id, invoice_id, state FROM payment WHERE provider_ref = 'pr_{n}';

-- calls: 10 ms: 22 expect: index billing.payment (provider_ref)
SELECT id, state FROM payment WHERE provider_ref = 'pr_{n}' OR invoice_id = {n};

-- calls: 4 ms: 25 expect: none
SELECT sum(amount_cents) FROM payment WHERE state = 'settled';

-- calls: 10 ms: 30 expect: index billing.payment (refunded_at DESC NULLS LAST)
SELECT id, refunded_at FROM payment ORDER BY refunded_at DESC NULLS LAST LIMIT 20;

-- calls: 4 ms: 50 expect: rewrite deep-offset
SELECT id, amount_cents FROM payment ORDER BY created_at DESC LIMIT 20 OFFSET 50000;

-- calls: 20 ms: 35 expect: index billing.usage_event (org_id, meter, recorded_at) | billing.usage_event (org_id, recorded_at) | billing.usage_event (org_id, ...)
SELECT sum(quantity) FROM usage_event WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' AND meter = 'api' AND recorded_at >= '2025-02-01' AND recorded_at < '2025-02-{n}';

-- calls: 12 ms: 40 expect: index billing.usage_event (customer_id, ...)
SELECT meter, max(recorded_at) FROM usage_event WHERE customer_id = {n} GROUP BY meter;

-- calls: 60 ms: 22 expect: index billing.webhook_delivery (next_attempt_at) WHERE state = 'pending' | billing.webhook_delivery (state, next_attempt_at)
SELECT id, endpoint_id FROM webhook_delivery WHERE state = 'pending' AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT 20 FOR UPDATE SKIP LOCKED;

-- calls: 60 ms: 1 expect: none
UPDATE webhook_delivery SET state = 'sent', attempts = attempts + 1 WHERE id = {n};

-- calls: 20 ms: 1 expect: none
SELECT id, state FROM webhook_delivery WHERE endpoint_id = {n} ORDER BY created_at DESC LIMIT 20;

-- calls: 8 ms: 30 expect: index billing.webhook_delivery (response)
SELECT id FROM webhook_delivery WHERE response ? 'error';

-- calls: 10 ms: 40 expect: index billing.ledger_entry (search)
SELECT id, memo FROM ledger_entry WHERE search @@ plainto_tsquery('simple', 'entry{n} customer{n}');

-- calls: 12 ms: 25 expect: index billing.ledger_entry (org_id, posted_on) | billing.ledger_entry (org_id, ...)
SELECT account_code, sum(amount_cents) FROM ledger_entry WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' AND posted_on BETWEEN '2024-03-01' AND '2024-03-31' GROUP BY account_code;

-- calls: 300 ms: 1 expect: none
INSERT INTO request_log (id, org_id, path, status, at) SELECT 1000000 + nextval('billing.customer_id_seq'), '00000000-0000-0000-0000-000000000001', '/v1/x', 200, now();

-- calls: 2 ms: 5 expect: none
SELECT count(*) FROM request_log WHERE status = 500;

-- calls: 20 ms: 20 expect: index billing.AuditTrail ("entityId", ...) | billing.AuditTrail ("entityType", "entityId", "happenedAt")
SELECT "Id", "actorId" FROM "AuditTrail" WHERE "entityType" = 'invoice' AND "entityId" = {n} ORDER BY "happenedAt" DESC LIMIT 20;

-- calls: 12 ms: 18 expect: index archive.invoice (org_id, issued_at)
SELECT id, total_cents FROM archive.invoice WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' ORDER BY issued_at DESC LIMIT 20;

-- calls: 10 ms: 22 expect: index billing.subscription (customer_id, ...)
DELETE FROM customer WHERE id = 900{n};

-- calls: 60 ms: 1 expect: none
SELECT enabled FROM feature_flag WHERE key = 'flag-{n}';

-- calls: 30 ms: 1 expect: none
SELECT id, code, amount_cents FROM price_plan WHERE active ORDER BY amount_cents;

-- calls: 20 ms: 1 expect: none
INSERT INTO customer (org_id, email, external_id, name, created_at) VALUES ('00000000-0000-0000-0000-0000000000{n}', 'a@example.org', 'new_{n}', 'New', now()) ON CONFLICT (org_id, external_id) DO UPDATE SET name = excluded.name;

-- calls: 6 ms: 50 expect: index billing.subscription (customer_id, ...)
WITH gone AS (SELECT id FROM customer WHERE org_id = '00000000-0000-0000-0000-0000000000{n}' AND deleted_at IS NOT NULL) SELECT s.id FROM subscription s JOIN gone g ON g.id = s.customer_id WHERE s.state = 'active';
