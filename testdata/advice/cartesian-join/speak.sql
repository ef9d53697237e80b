SELECT o.id, u.email FROM orders o, users u WHERE o.total > 100 AND u.joined > '2024-01-01';
SELECT o.id FROM orders o JOIN users u ON u.email = 'a@b.c' WHERE o.total > 5;
-- mysql
SELECT o.id FROM orders o JOIN users u WHERE o.total > 5;
SELECT count(*) FROM orders o, users u, settings s WHERE o.user_id = u.id AND s.value = o.total::text AND EXISTS (SELECT 1 FROM orders x, users y WHERE x.total = 5);
