SELECT random() FROM users ORDER BY id LIMIT 1;
SELECT id FROM users WHERE id > random() * 100 ORDER BY id LIMIT 1;
-- mysql
SELECT id FROM users ORDER BY name LIMIT 1
