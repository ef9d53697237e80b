SELECT id FROM orders WHERE coupon = NULL
