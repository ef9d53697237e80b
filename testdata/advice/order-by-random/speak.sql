SELECT id FROM users ORDER BY random() LIMIT 1;
-- mysql
SELECT id FROM users ORDER BY RAND() LIMIT 1
