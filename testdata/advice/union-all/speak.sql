SELECT id, total FROM orders WHERE status = 'open' UNION SELECT id, total FROM orders WHERE status = 'late'
