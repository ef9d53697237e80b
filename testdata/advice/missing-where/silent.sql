UPDATE users SET name = 'x' WHERE id = 5;
DELETE FROM orders WHERE user_id + total > 5;
DELETE FROM orders WHERE EXISTS (SELECT 1 FROM users);
-- mysql
DELETE FROM orders LIMIT 1000;
INSERT INTO orders (id, user_id, status) SELECT id, 1, 'x' FROM users;
UPDATE orders SET status = 'x' FROM users WHERE users.id = orders.user_id;
TRUNCATE orders
