SELECT id FROM users ORDER BY created_at LIMIT 20 OFFSET 50000;
-- mysql
SELECT id FROM users ORDER BY created_at LIMIT 50000, 20
