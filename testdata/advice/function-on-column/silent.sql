SELECT id FROM users WHERE lower(name) = 'abc';
SELECT id FROM users WHERE created_at >= date('2024-03-01');
SELECT lower(name) FROM users WHERE id = 5
