SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders);
SELECT id FROM users WHERE id NOT IN (SELECT manager_id FROM users);
-- mysql
DELETE FROM users WHERE id NOT IN (SELECT user_id FROM orders)
