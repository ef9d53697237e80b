-- mysql
SELECT id FROM t WHERE (a, id) > (5, 6) ORDER BY a, id LIMIT 20;
-- mysql
SELECT id FROM t WHERE b = 1 AND (a, id) <= (5, 6) ORDER BY a DESC, id DESC LIMIT 20;
