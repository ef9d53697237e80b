CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL, b text NOT NULL);
CREATE INDEX t_b ON t USING gin (b gin_trgm_ops);
