SELECT id FROM orders WHERE coupon IS NULL;
UPDATE orders SET coupon = NULL WHERE id = 5;
-- mysql
SELECT id FROM orders WHERE coupon <=> NULL;
SELECT id FROM orders WHERE coupon IS NOT DISTINCT FROM NULL;
INSERT INTO orders (id, user_id, status, coupon) VALUES (1, 2, 'x', NULL);
SELECT coalesce(coupon, NULL) FROM orders
