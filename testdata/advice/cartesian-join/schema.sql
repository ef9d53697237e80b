CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL, region_id int NOT NULL, total int NOT NULL);
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, region_id int NOT NULL, joined date);
CREATE TABLE settings (name text PRIMARY KEY, value text);
CREATE TABLE prices (low int NOT NULL, high int NOT NULL, rate int NOT NULL);
