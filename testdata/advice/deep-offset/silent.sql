SELECT id FROM users ORDER BY created_at LIMIT 20 OFFSET 40;
SELECT id FROM users ORDER BY created_at LIMIT 20;
-- mysql
SELECT id FROM users ORDER BY created_at LIMIT 20, 5000;
SELECT id FROM users WHERE id > 50000 ORDER BY id LIMIT 20
