SELECT user_id FROM orders WHERE status = 'open' UNION SELECT user_id FROM orders WHERE status = 'late';
SELECT id FROM orders WHERE status = 'open' UNION SELECT id FROM users WHERE name = 'late';
SELECT id FROM orders WHERE status = 'open' EXCEPT SELECT id FROM orders WHERE status = 'late';
SELECT id FROM orders WHERE status = 'open' UNION ALL SELECT id FROM orders WHERE status = 'late';
SELECT id FROM orders WHERE status = 'open' UNION SELECT id FROM orders WHERE status = 'open' AND total > 5;
SELECT id FROM orders WHERE status = 'open' UNION SELECT id FROM orders WHERE coupon = 'x'
