-- mysql
SELECT a.id FROM a JOIN c ON a.code = c.code;
-- mysql
SELECT a.id FROM a JOIN b ON a.n = b.n;
-- mysql
SELECT a.id FROM a JOIN b ON a.id = b.code;
-- mysql
SELECT a.id FROM a WHERE code = 'x';
SELECT a.id FROM a JOIN b ON a.code = b.code;
