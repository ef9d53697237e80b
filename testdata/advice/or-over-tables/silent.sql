SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id WHERE u.email = 'a' AND o.coupon = 'b';
SELECT id FROM orders WHERE user_id = 5 OR coupon = 'b';
SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id WHERE (o.status = 'a' OR o.coupon = 'b') AND u.name = 'c'
