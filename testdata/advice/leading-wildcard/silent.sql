SELECT id FROM users WHERE name LIKE 'abc%';
SELECT id FROM users WHERE name = '%abc';
-- mysql
SELECT id FROM users WHERE name LIKE 'abc%def';
SELECT id FROM users WHERE name NOT LIKE '%abc%';
SELECT '%abc%' FROM users WHERE id = 5
