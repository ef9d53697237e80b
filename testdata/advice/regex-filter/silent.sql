SELECT id FROM t WHERE a ~ '^abc';
SELECT id FROM t WHERE b ~ 'abc.*d';
SELECT id FROM t WHERE a = 'abc';
SELECT a ~ 'x' FROM t WHERE id = 5;
SELECT id FROM t WHERE a LIKE 'abc%';
