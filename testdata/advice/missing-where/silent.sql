UPDATE users SET name = 'x' WHERE id = 5;
DELETE FROM orders WHERE user_id + total > 5;
DELETE FROM orders WHERE EXISTS (SELECT 1 FROM users)
