CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, name text, ext_ref varchar(20), manager_id int, created_at timestamp, seen_at timestamptz);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id int NOT NULL, status text NOT NULL, coupon text, total numeric(10,2));
CREATE INDEX users_lower_name ON users (lower(name));
CREATE INDEX orders_user ON orders (user_id);
