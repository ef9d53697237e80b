SELECT id FROM users WHERE ext_ref::int = 1000777;
SELECT id FROM users WHERE CAST(ext_ref AS bigint) IN (1, 2)
;
SELECT id FROM users WHERE id::text = '5';
SELECT id FROM orders WHERE CAST(total AS text) = '5';
-- mysql
SELECT id FROM users WHERE CAST(ext_ref AS UNSIGNED) = 1000777
