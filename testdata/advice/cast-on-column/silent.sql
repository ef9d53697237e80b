SELECT id FROM users WHERE ext_ref::text = 'a';
SELECT id FROM users WHERE id = '5'::int;
SELECT id::text FROM users WHERE id = 5;
SELECT id FROM users WHERE created_at::date = '2024-03-01'
