SELECT id FROM orders WHERE coupon IS NULL;
UPDATE orders SET coupon = NULL WHERE id = 5
