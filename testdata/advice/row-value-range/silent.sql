-- mysql
SELECT id FROM t WHERE (a, id) = (5, 6);
-- mysql
SELECT id FROM t WHERE (a, id) IN ((5, 6), (7, 8));
-- mysql
SELECT id FROM t WHERE a >= 5 AND (a > 5 OR (a = 5 AND id > 6)) ORDER BY a, id LIMIT 20;
SELECT id FROM t WHERE (a, id) > (5, 6) ORDER BY a, id LIMIT 20;
