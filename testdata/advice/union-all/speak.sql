SELECT id, total FROM orders WHERE status = 'open' UNION SELECT id, total FROM orders WHERE status = 'late';
-- mysql
SELECT id FROM orders WHERE status = 'a' UNION SELECT id FROM orders WHERE status = 'b' UNION SELECT id FROM orders WHERE status = 'c'
