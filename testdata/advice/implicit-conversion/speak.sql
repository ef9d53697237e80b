SELECT email FROM users WHERE manager_id = 5.0;
-- mysql
SELECT id FROM users WHERE ext_ref = 1000777;
SELECT email FROM users WHERE id > 5.5;
-- mysql
SELECT id FROM users WHERE ext_ref > 5;
-- mysql
UPDATE users SET name = 'x' WHERE email = 42
