-- mysql
SELECT a.id FROM a JOIN b ON a.code = b.code WHERE a.id = 5;
-- mysql
SELECT a.id FROM a, b WHERE b.code = a.code AND a.n = 1;
-- mysql
SELECT c.id FROM a JOIN c ON a.old = c.code;
