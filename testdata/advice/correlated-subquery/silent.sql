SELECT u.id, (SELECT max(total) FROM orders o WHERE o.user_id = u.id) FROM users u WHERE u.id = 5;
SELECT u.id, (SELECT max(total) FROM orders o WHERE o.user_id = u.id) FROM users u ORDER BY id LIMIT 20;
SELECT u.id, (SELECT max(total) FROM orders) FROM users u;
SELECT u.id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id);
SELECT u.id FROM users u WHERE u.manager_id = (SELECT max(user_id) FROM orders)
