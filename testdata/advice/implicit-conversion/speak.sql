SELECT email FROM users WHERE manager_id = 5.0;
-- mysql
SELECT id FROM users WHERE ext_ref = 1000777
