SELECT id FROM users WHERE name LIKE 'abc%';
SELECT id FROM users WHERE name = '%abc'
