SELECT count(*) > 0 FROM t WHERE a = 5;
SELECT COUNT(1) >= 1 AS found FROM t WHERE a = 5;
SELECT 0 = count(*) FROM t WHERE a = 5;
SELECT CASE WHEN count(*) > 0 THEN 'yes' ELSE 'no' END FROM t WHERE a = 5;
-- mysql
SELECT IF(count(*) > 0, 1, 0) FROM t WHERE a = 5;
SELECT id FROM u WHERE (SELECT count(*) FROM t WHERE t.b = u.b) > 0;
SELECT id FROM u WHERE 0 = (SELECT count(*) FROM t WHERE t.b = u.b);
