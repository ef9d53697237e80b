SELECT id FROM t WHERE a ~ 'abc.*d';
SELECT id FROM t WHERE a ~* '^abc';
-- mysql
SELECT id FROM t WHERE a REGEXP 'abc$';
-- mysql
SELECT id FROM t WHERE a RLIKE '^abc';
