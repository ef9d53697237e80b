SELECT u.id, (SELECT max(total) FROM orders o WHERE o.user_id = u.id) FROM users u WHERE u.id = 5;
SELECT u.id, (SELECT max(total) FROM orders o WHERE o.user_id = u.id) FROM users u ORDER BY id LIMIT 20;
SELECT u.id, (SELECT max(total) FROM orders) FROM users u
