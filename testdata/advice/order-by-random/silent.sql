SELECT random() FROM users ORDER BY id LIMIT 1
