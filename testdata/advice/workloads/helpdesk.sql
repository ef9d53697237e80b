-- A help desk on MariaDB. Durations are those of 400,000 messages and 150,000 tickets.

-- calls: 40 ms: 2 expect: none
SELECT id, full_name FROM contact WHERE account_id = {n} AND email = 'user{n}@ex{n}.com';

-- calls: 40 ms: 32 expect: index ticket (account_id, state, opened_at)
SELECT t.id, t.subject, t.state FROM ticket t WHERE t.account_id = {n} AND t.state = 'open' ORDER BY t.opened_at DESC LIMIT 25;

-- calls: 30 ms: 10
SELECT id, subject FROM ticket WHERE contact_id = {n} ORDER BY id DESC LIMIT 10;

-- calls: 60 ms: 70 expect: index message (ticket_id, sent_at)
SELECT id, body, sent_at FROM message WHERE ticket_id = {n} ORDER BY sent_at;

-- calls: 20 ms: 25 expect: index ticket (agent_id, state)
SELECT count(*) FROM ticket WHERE agent_id = {n} AND state IN ('open', 'pending');

-- calls: 20 ms: 23 expect: index ticket (external_id)
SELECT id FROM ticket WHERE external_id = 'EXT-{n}';

-- calls: 40 ms: 30 expect: index webhook (state, run_at)
SELECT id, url FROM webhook WHERE state = 'queued' AND run_at <= '2025-06-01' ORDER BY run_at LIMIT 20;

-- calls: 40 ms: 1 expect: none
UPDATE webhook SET state = 'sent', tries = tries + 1 WHERE id = {n};

-- calls: 10 ms: 23 expect: index webhook (`key`)
SELECT id FROM webhook WHERE `key` = md5({n});

-- calls: 30 ms: 1 expect: none
SELECT g.name FROM ticket_tag x JOIN tag g ON g.id = x.tag_id WHERE x.ticket_id = {n};

-- calls: 15 ms: 33
SELECT t.id, t.subject FROM ticket t JOIN ticket_tag x ON x.ticket_id = t.id JOIN tag g ON g.id = x.tag_id WHERE g.name = 'tag-{n}' AND t.account_id = {n} ORDER BY t.opened_at DESC LIMIT 20;

-- calls: 20 ms: 1 expect: none
SELECT id, email FROM agent WHERE account_id = {n} AND active = 1;

-- calls: 10 ms: 27
SELECT state, count(*) FROM ticket WHERE account_id = {n} GROUP BY state;

-- calls: 10 ms: 15 expect: index ticket (closed_at, due_at)
SELECT id FROM ticket WHERE due_at BETWEEN '2024-03-{n}' AND '2024-03-{n} 06:00:00' AND closed_at IS NULL;

-- calls: 8 ms: 68 expect: index message (sent_at)
SELECT count(*) FROM message WHERE sent_at >= '2024-05-{n}' AND sent_at < '2024-05-{n}' + INTERVAL 1 DAY;

-- calls: 6 ms: 12 expect: rewrite implicit-conversion
SELECT id, full_name FROM contact WHERE phone = 555000{n}12;

-- calls: 6 ms: 8 expect: rewrite leading-wildcard
SELECT id FROM contact WHERE full_name LIKE '%ab{n}%' LIMIT 10;

-- calls: 6 ms: 27 expect: rewrite function-on-column
SELECT id FROM ticket WHERE DATE(opened_at) = '2024-03-{n}';

-- calls: 5 ms: 105
SELECT a.id, a.email, (SELECT count(*) FROM ticket t WHERE t.agent_id = a.id) n FROM agent a WHERE a.account_id = {n};

-- calls: 4 ms: 107 expect: rewrite deep-offset
SELECT id, subject FROM ticket ORDER BY opened_at DESC LIMIT 20 OFFSET 50000;

-- calls: 60 ms: 1 expect: none
INSERT INTO message (ticket_id, author_type, author_id, body, sent_at) VALUES ({n}, 'agent', {n}, 'hello', '2024-09-01 00:00:00');

-- calls: 20 ms: 1 expect: none
UPDATE ticket SET state = 'closed', closed_at = '2024-09-01' WHERE id = {n};

-- calls: 60 ms: 1 expect: none
SELECT * FROM account WHERE subdomain = 'acc{n}';

-- calls: 4 ms: 1
SELECT c.id FROM contact c WHERE c.account_id = {n} AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.contact_id = c.id);

-- calls: 12 ms: 84 expect: index message (author_id, author_type, sent_at)
SELECT id FROM message WHERE author_type = 'agent' AND author_id = {n} ORDER BY sent_at DESC LIMIT 5;

-- calls: 6 ms: 136
DELETE FROM message WHERE ticket_id = {n} AND author_type = 'bot';

-- calls: 8 ms: 36
SELECT id FROM ticket WHERE contact_id = {n} OR external_id = 'EXT-{n}';

-- calls: 20 ms: 64 expect: index message (ticket_id, sent_at)
SELECT max(sent_at) FROM message WHERE ticket_id = {n};
