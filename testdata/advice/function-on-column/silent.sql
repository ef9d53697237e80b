SELECT id FROM users WHERE lower(name) = 'abc';
SELECT id FROM users WHERE created_at >= date('2024-03-01');
SELECT lower(name) FROM users WHERE id = 5;
SELECT id FROM users WHERE created_at >= '2024-03-01' AND created_at < '2024-04-01';
SELECT date_trunc('day', created_at), count(*) FROM users GROUP BY 1;
SELECT id FROM users WHERE lower(email) = lower('A@example.org');
SELECT id FROM users WHERE created_at > now() - interval '1 day'
