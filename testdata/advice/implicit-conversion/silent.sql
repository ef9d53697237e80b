SELECT email FROM users WHERE manager_id = 5;
-- mysql
SELECT id FROM users WHERE ext_ref = '1000777';
-- mysql
SELECT id FROM users WHERE id = '5';
SELECT id FROM orders WHERE total = 5.0;
-- mysql
SELECT id FROM orders WHERE total = 5;
-- mysql
SELECT id FROM users WHERE manager_id = 5.0
