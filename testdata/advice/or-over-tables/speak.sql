SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id WHERE u.email = 'a' OR o.coupon = 'b';
-- mysql
SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = 'x' OR u.name LIKE 'a%'
