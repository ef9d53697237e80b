UPDATE users SET name = 'x';
DELETE FROM orders;
-- mysql
DELETE FROM orders
