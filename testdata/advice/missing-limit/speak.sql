-- mysql
-- rows 50000
SELECT id, name FROM users WHERE manager_id > 5
