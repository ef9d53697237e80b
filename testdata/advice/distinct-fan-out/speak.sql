SELECT DISTINCT u.id, u.name FROM users u JOIN orders o ON o.user_id = u.id WHERE o.status = 'open';
-- mysql
SELECT DISTINCT u.name FROM users u INNER JOIN orders o ON u.id = o.user_id WHERE o.total > 5
