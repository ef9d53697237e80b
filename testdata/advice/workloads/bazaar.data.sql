-- Rows for bazaar.schema.sql, the same each time.
INSERT INTO store SELECT seq, concat('S', seq), concat('Store ', seq) FROM seq_1_to_30;
INSERT INTO product (id, store_id, sku, title, slug, state, price_cents, attrs, updated_at) SELECT seq, seq % 30 + 1, concat('SKU', seq), concat('Lamp ', seq % 8000, ' of glass'), concat('lamp-', seq), elt(seq * 31 % 20 + 1, 'draft', 'retired', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live', 'live'), seq * 7919 % 20000, concat('{"ean": "', 4000000 + seq, '"}'), '2024-01-01' + INTERVAL seq * 7919 % 80000 * 7 MINUTE FROM seq_1_to_80000;
INSERT INTO product_url SELECT seq DIV 2 + 1, elt(seq % 2 + 1, 'de', 'en'), concat('https://shop.example.org/', elt(seq % 2 + 1, 'de', 'en'), '/lamps/', seq) FROM seq_1_to_100000;
INSERT INTO customer SELECT seq, concat('user', seq, '@example.org'), concat('0555', seq), '1960-01-01' + INTERVAL seq * 7919 % 15000 DAY, seq % 2, '2023-01-01' + INTERVAL seq * 10 MINUTE FROM seq_1_to_100000;
INSERT INTO orders SELECT seq, seq % 30 + 1, seq * 7919 % 100000 + 1, concat('O-', seq), elt(seq * 31 % 20 + 1, 'paid', 'new', 'canceled', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done'), seq % 9000, '2024-03-01' + INTERVAL seq * 7919 % 150000 * 4 MINUTE, if(seq * 31 % 20 > 1, '2025-01-01', NULL) FROM seq_1_to_150000;
INSERT INTO order_item SELECT seq DIV 2 + 1, seq % 2, seq * 7919 % 80000 + 1, seq % 4 + 1 FROM seq_1_to_300000;
INSERT INTO cart SELECT concat('00000000-0000-4000-8000-', lpad(seq, 12, '0')), seq % 100000, '2024-06-01' + INTERVAL seq * 4 MINUTE FROM seq_1_to_100000;
INSERT INTO price_history SELECT seq DIV 2 + 1, '2024-01-01' + INTERVAL seq % 2 * 100 DAY, seq % 9000 FROM seq_1_to_159998;
INSERT INTO sensor_reading SELECT seq % 200 + 1, '2025-01-01' + INTERVAL seq DIV 200 * 5 MINUTE, seq % 30, if(seq % 700 = 0, 0, 1 + seq % 3) FROM seq_1_to_200000;
INSERT INTO job_queue SELECT seq, elt(seq % 4 + 1, 'mail', 'feed', 'image', 'invoice'), if(seq % 400 = 0, 'ready', 'done'), '2025-01-01' + INTERVAL seq MINUTE, if(seq % 1000 = 1, 'w1', NULL), if(seq % 1000 = 1, '2025-01-01' + INTERVAL seq MINUTE, NULL) FROM seq_1_to_100000;
INSERT INTO page SELECT seq, seq % 30 + 1, seq DIV 12, concat('/info/', seq, '/index'), concat('text of page', seq, ' about lamp', seq % 500), '2024-01-01' FROM seq_1_to_60000;
INSERT INTO page_revision SELECT seq DIV 2 + 1, seq % 2 + 1, seq * 7919 % 900 + 1, '2024-01-01' + INTERVAL seq * 5 MINUTE FROM seq_1_to_120000;
INSERT INTO stock SELECT seq DIV 2 + 1, seq % 2 * 20 + seq DIV 2 % 20 + 1, seq * 7919 % 100 FROM seq_1_to_159998;
INSERT INTO coupon_redemption SELECT seq % 1000 + 1, seq * 7919 % 100000 + 1, seq FROM seq_1_to_100000;
INSERT INTO legacy_order SELECT concat('O-', seq), 'payload' FROM seq_1_to_50000;
