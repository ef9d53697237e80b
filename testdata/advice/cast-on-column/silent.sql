SELECT id FROM users WHERE ext_ref::text = 'a';
SELECT id FROM users WHERE id = '5'::int
