UPDATE users SET name = 'x';
DELETE FROM orders
