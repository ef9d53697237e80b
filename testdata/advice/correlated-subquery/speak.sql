SELECT u.id, (SELECT max(total) FROM orders o WHERE o.user_id = u.id) FROM users u
