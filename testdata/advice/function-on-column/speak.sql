SELECT id FROM users WHERE date(created_at) = '2024-03-01';
SELECT id FROM users WHERE (seen_at AT TIME ZONE 'UTC')::date = '2024-03-01';
SELECT id FROM users WHERE id + 1 = 5;
-- mysql
SELECT id FROM users WHERE MONTH(created_at) = 3;
-- mysql
SELECT id FROM users WHERE YEAR(created_at) = 2024;
SELECT id FROM users WHERE extract(year FROM created_at) = 2024;
SELECT id FROM users WHERE date_trunc('day', seen_at) = '2024-03-01';
-- mysql
SELECT id FROM users WHERE LOWER(email) = 'a@example.org';
-- mysql
SELECT id FROM users WHERE IFNULL(ext_ref, '') = 'x'
