SELECT DISTINCT o.status FROM orders o JOIN users u ON u.id = o.user_id;
SELECT DISTINCT u.id, o.id FROM users u JOIN orders o ON o.user_id = u.id;
SELECT DISTINCT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id;
SELECT DISTINCT name FROM users;
SELECT DISTINCT count(o.id) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id;
SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id
