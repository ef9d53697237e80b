SELECT id FROM orders WHERE coupon = NULL;
SELECT id FROM orders WHERE coupon <> NULL;
-- mysql
SELECT id FROM orders WHERE user_id = 5 AND coupon = NULL
