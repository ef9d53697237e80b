-- Rows for campus.schema.sql, the same each time.
ALTER DATABASE postgres SET search_path = app, public;
SET search_path = app, public;
CREATE SEQUENCE app.outbox_seq;
INSERT INTO plan SELECT g, 'plan ' || g FROM generate_series(1, 5) g;
INSERT INTO tenant SELECT g, 'tenant-' || g, g % 5 + 1 FROM generate_series(1, 200) g;
INSERT INTO member SELECT g, g % 200 + 1, 'user' || g || '@example.org', 'Name ' || g % 5000, 'X-' || g, timestamptz '2025-01-01' + g * interval '1 minute', CASE WHEN g % 40 = 0 THEN timestamptz '2024-01-01' + g % 700 * interval '1 day' END, timestamptz '2023-01-01' + g * interval '10 minutes' FROM generate_series(1, 60000) g;
INSERT INTO course SELECT g, g * 7 % 200 + 1, 'Course ' || g % 3000, (ARRAY['draft', 'published', 'published', 'archived'])[g % 4 + 1], jsonb_build_object('series', g % 2000, 'isbn', '978-' || g), timestamptz '2024-01-01' + g::bigint * 7919 % 20000 * interval '20 minutes', CASE WHEN g % 20 = 0 THEN timestamptz '2025-01-01' END FROM generate_series(1, 20000) g;
INSERT INTO enrollment SELECT DISTINCT ON (1, 2) g % 60000 + 1, g::bigint * 7919 % 20000 + 1, g % 200 + 1, (ARRAY['active', 'active', 'finished', 'left'])[g % 4 + 1], timestamptz '2024-06-01' + g * interval '1 minute' FROM generate_series(1, 200000) g;
INSERT INTO lesson SELECT g, g % 20000 + 1, g % 3 + 1, 'Lesson ' || g FROM generate_series(1, 60000) g;
INSERT INTO submission SELECT g, g % 200 + 1, g::bigint * 7919 % 60000 + 1, g::bigint * 104729 % 60000 + 1, (ARRAY['graded', 'graded', 'graded', 'graded', 'graded', 'graded', 'graded', 'submitted', 'open', 'late'])[g * 31 % 10 + 1], g % 100, timestamptz '2025-01-01' + g::bigint * 7919 % 150000 * interval '50 seconds', CASE WHEN g * 31 % 10 < 7 THEN timestamptz '2025-01-02' + g::bigint * 7919 % 150000 * interval '50 seconds' END FROM generate_series(1, 150000) g;
INSERT INTO comment SELECT g, g % 200 + 1, (ARRAY['lesson', 'course', 'submission'])[g % 3 + 1], g::bigint * 7919 % 30000 + 1, g % 60000 + 1, 'comment ' || g, timestamptz '2024-01-01' + g * interval '3 minutes', CASE WHEN g % 30 = 0 THEN timestamptz '2025-01-01' END FROM generate_series(1, 150000) g;
INSERT INTO outbox SELECT g, 'mail', CASE WHEN g % 500 = 0 THEN 'pending' ELSE 'done' END, timestamptz '2025-01-01' + g * interval '1 minute', timestamptz '2025-01-01' + g * interval '1 minute', 1, '{}' FROM generate_series(1, 100000) g;
INSERT INTO "Invoice" SELECT g, g % 200 + 1, timestamptz '2024-01-01' + g * interval '15 minutes', CASE WHEN g % 25 <> 0 THEN timestamptz '2025-01-01' END, g % 900 FROM generate_series(1, 40000) g;
INSERT INTO activity SELECT g, g % 200 + 1, g::bigint * 104729 % 60000 + 1, (ARRAY['view', 'play', 'finish'])[g % 3 + 1], timestamptz '2025-01-01' + g * interval '38 seconds' FROM generate_series(1, 200000) g;
INSERT INTO event SELECT g, g % 200 + 1, g % 20000 + 1, 'Event ' || g, timestamptz '2025-01-01' + g::bigint * 7919 % 60000 * interval '3 minutes' FROM generate_series(1, 60000) g;
INSERT INTO audit.event SELECT g, g % 200 + 1, g::bigint * 104729 % 60000 + 1, 'login', timestamptz '2025-01-01' + g * interval '1 minute' FROM generate_series(1, 150000) g;
