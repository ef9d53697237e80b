SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id WHERE u.email = 'a' OR o.coupon = 'b'
