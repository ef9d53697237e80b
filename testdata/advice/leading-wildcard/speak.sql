SELECT id FROM users WHERE name LIKE '%abc%';
SELECT id FROM users WHERE email ILIKE '%@example.org';
-- mysql
SELECT id FROM users WHERE name LIKE '%abc';
SELECT id FROM users WHERE name LIKE '%a%' OR email LIKE '%abc%'
