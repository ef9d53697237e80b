-- mysql
SELECT id, name FROM users WHERE manager_id > 5;
-- mysql
-- rows 50000
SELECT id, name FROM users ORDER BY id LIMIT 50000;
SELECT id, name FROM users;
-- mysql
SELECT count(*) FROM users;
-- mysql
-- rows 50000
UPDATE users SET name = 'x' WHERE manager_id > 5
