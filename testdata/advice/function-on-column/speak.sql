SELECT id FROM users WHERE date(created_at) = '2024-03-01';
SELECT id FROM users WHERE (seen_at AT TIME ZONE 'UTC')::date = '2024-03-01';
SELECT id FROM users WHERE id + 1 = 5
