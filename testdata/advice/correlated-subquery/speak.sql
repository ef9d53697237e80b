SELECT u.id, (SELECT max(total) FROM orders o WHERE o.user_id = u.id) FROM users u;
-- mysql
SELECT u.id, (SELECT count(*) FROM orders o WHERE o.user_id = u.id AND o.status = 'open') FROM users u WHERE u.name = 'x';
SELECT u.id FROM users u WHERE u.manager_id > (SELECT avg(o.total) FROM orders o WHERE o.user_id = u.id)
