-- A platform for courses on PostgreSQL: 200 tenants, 60,000 members, 20,000 courses, 60,000 lessons, 200,000
-- enrolments, 150,000 submissions, 150,000 comments, 100,000 messages in the outbox, 200,000 activities in three
-- partitions. What is expected was written down from that alone, before anything was asked for advice.
-- Durations are what such tables take to be read whole where nothing better is there.
-- Of several ways that a good administrator would sign, ` | ` parts them; `...` stands for any keys behind.

-- calls: 60 ms: 1 expect: none
SELECT * FROM tenant WHERE slug = 'tenant-{n}';

-- calls: 60 ms: 1 expect: none
SELECT id, display_name FROM member WHERE id = {n};

-- calls: 20 ms: 1 expect: none
SELECT id FROM plan WHERE name = 'plan {n}';

-- calls: 40 ms: 1 expect: none
SELECT id, email FROM member WHERE tenant_id = {n} AND email = 'user{n}@example.org' AND deleted_at IS NULL;

-- calls: 50 ms: 22 expect: index app.member (lower(email)) | app.member (lower(email)) WHERE deleted_at IS NULL
SELECT id, tenant_id FROM member WHERE lower(email) = lower('User{n}@example.org') AND deleted_at IS NULL LIMIT 1;

-- calls: 60 ms: 20 expect: index app.outbox (created_at) WHERE status = 'pending' | app.outbox (run_at) WHERE status = 'pending' | app.outbox (created_at, run_at) WHERE status = 'pending' | app.outbox (status, created_at) | app.outbox (status, run_at)
SELECT id, payload FROM outbox WHERE status = 'pending' AND run_at <= now() ORDER BY created_at LIMIT 10 FOR UPDATE SKIP LOCKED;

-- calls: 60 ms: 1 expect: none
UPDATE outbox SET status = 'done', attempts = attempts + 1 WHERE id = {n};

-- calls: 60 ms: 1 expect: none
INSERT INTO outbox (id, topic, status, run_at, created_at, attempts, payload) VALUES (1000000 + nextval('app.outbox_seq'), 'mail', 'pending', now(), now(), 0, '{}');

-- calls: 12 ms: 25 expect: index app.activity (tenant_id, at)
SELECT date_trunc('day', at) AS day, count(*) FROM activity WHERE tenant_id = {n} AND at >= '2025-03-01' AND at < '2025-03-08' GROUP BY 1 ORDER BY 1;

-- calls: 12 ms: 30 expect: index app.activity (tenant_id, at)
SELECT max(at) FROM activity WHERE tenant_id = {n};

-- calls: 10 ms: 90 expect: index app.lesson (course_id, ...) & index app.submission (lesson_id, submitted_at)
SELECT l.id, s.id, s.submitted_at FROM lesson l CROSS JOIN LATERAL (SELECT x.id, x.submitted_at FROM submission x WHERE x.lesson_id = l.id ORDER BY x.submitted_at DESC LIMIT 3) s WHERE l.course_id = {n};

-- calls: 10 ms: 25 expect: index app.submission (tenant_id, ...)
SELECT * FROM (SELECT id, member_id, score, row_number() OVER (PARTITION BY member_id ORDER BY submitted_at DESC) AS place FROM submission WHERE tenant_id = {n}) x WHERE place = 1;

-- calls: 8 ms: 15 expect: rewrite leading-wildcard
SELECT id, title FROM course WHERE title ILIKE '%course {n}%' AND deleted_at IS NULL ORDER BY title LIMIT 20;

-- calls: 12 ms: 14 expect: index app.member (display_name text_pattern_ops)
SELECT id, display_name FROM member WHERE display_name LIKE 'Name {n}%' ORDER BY display_name LIMIT 10;

-- calls: 10 ms: 12 expect: index app.course (attrs jsonb_path_ops)
SELECT id, title FROM course WHERE attrs @> '{"series": {n}}';

-- calls: 10 ms: 14 expect: index app.course ((attrs ->> 'isbn'))
SELECT id, title FROM course WHERE attrs ->> 'isbn' = '978-{n}';

-- calls: 25 ms: 22 expect: index app.enrollment (course_id, ...)
SELECT m.id, m.display_name FROM enrollment e JOIN member m ON m.id = e.member_id WHERE e.course_id = {n} AND m.deleted_at IS NULL;

-- calls: 40 ms: 18 expect: index app.comment (commentable_id, commentable_type, created_at) | app.comment (commentable_type, commentable_id, created_at) | app.comment (commentable_id, created_at) | app.comment (commentable_id, commentable_type, created_at) WHERE deleted_at IS NULL | app.comment (commentable_id, created_at) WHERE deleted_at IS NULL | app.comment (commentable_id, created_at) WHERE commentable_type = 'lesson'
SELECT id, author_id, body FROM comment WHERE commentable_type = 'lesson' AND commentable_id = {n} AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 20;

-- calls: 8 ms: 24 expect: index app.course (tenant_id, ...) & index app.enrollment (course_id, ...)
SELECT c.id, c.title FROM course c WHERE c.tenant_id = {n} AND EXISTS (SELECT 1 FROM enrollment e WHERE e.course_id = c.id AND e.state = 'active');

-- calls: 8 ms: 30 expect: index app.submission (member_id, ...)
SELECT m.id FROM member m WHERE m.tenant_id = {n} AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.member_id = m.id);

-- calls: 4 ms: 45 expect: rewrite not-in-subquery
SELECT id FROM member WHERE tenant_id = {n} AND id NOT IN (SELECT author_id FROM comment);

-- calls: 4 ms: 48 expect: rewrite not-in-subquery
-- same: SELECT m.id FROM member m WHERE m.tenant_id = {n} AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.member_id = m.id AND s.status = 'late');
SELECT id FROM member WHERE tenant_id = {n} AND id NOT IN (SELECT member_id FROM submission WHERE status = 'late');

-- calls: 15 ms: 14 expect: index app.member (external_ref) & index app.member (email)
SELECT id FROM member WHERE external_ref = 'X-{n}' OR email = 'user{n}@example.org';

-- calls: 15 ms: 18 expect: index app.submission (lesson_id, ...)
SELECT id, member_id FROM submission WHERE lesson_id IN ({n}, 1{n}, 2{n}) AND status = 'submitted' ORDER BY submitted_at LIMIT 20;

-- calls: 20 ms: 20 expect: index app.submission (tenant_id, submitted_at, ...)
SELECT id, submitted_at FROM submission WHERE tenant_id = {n} AND (submitted_at, id) < ('2025-02-{n}', 5000) ORDER BY submitted_at DESC, id DESC LIMIT 50;

-- calls: 10 ms: 18 expect: index app.submission (lesson_id, ...)
DELETE FROM lesson WHERE id = 900{n};

-- calls: 10 ms: 18 expect: index app.submission (member_id, ...)
DELETE FROM member WHERE id = 900{n};

-- calls: 6 ms: 26 expect: index app.submission (lesson_id, ...) & index app.lesson (course_id, ...)
UPDATE submission s SET status = 'late' FROM lesson l WHERE l.id = s.lesson_id AND l.course_id = {n} AND s.status = 'open';

-- calls: 6 ms: 20 expect: index app.submission (graded_at)
INSERT INTO audit.event (id, tenant_id, actor_id, verb, at) SELECT id + 10000000, tenant_id, member_id, 'graded', graded_at FROM submission WHERE graded_at >= '2025-03-{n}' AND graded_at < '2025-03-{n} 00:30' ON CONFLICT DO NOTHING;

-- calls: 15 ms: 40 expect: index app.activity (member_id, ...) & index app.submission (member_id, ...)
SELECT at AS ts, kind FROM activity WHERE member_id = {n} UNION ALL SELECT submitted_at, 'submission' FROM submission WHERE member_id = {n} ORDER BY 1 DESC LIMIT 20;

-- calls: 12 ms: 24 expect: index app.submission (tenant_id, status, graded_at) | app.submission (status, tenant_id, graded_at) | app.submission (tenant_id, graded_at) | app.submission (tenant_id, graded_at) WHERE status = 'graded'
WITH recent AS (SELECT id, member_id FROM submission WHERE tenant_id = {n} AND status = 'graded' ORDER BY graded_at DESC LIMIT 50) SELECT m.display_name, r.id FROM recent r JOIN member m ON m.id = r.member_id;

-- calls: 20 ms: 2 expect: none
WITH comment AS (SELECT id, email AS body FROM member WHERE id < 50) SELECT id FROM comment WHERE body = 'user{n}@example.org';

-- calls: 20 ms: 13 expect: index app.member (email)
SELECT id, display_name FROM active_member WHERE email = 'user{n}@example.org';

-- calls: 15 ms: 8 expect: index app.event (tenant_id, starts_at)
SELECT id, title FROM event WHERE tenant_id = {n} AND starts_at >= '2025-03-{n}' ORDER BY starts_at LIMIT 10;

-- calls: 15 ms: 16 expect: index audit.event (actor_id, at)
SELECT verb, at FROM audit.event WHERE actor_id = {n} ORDER BY at DESC LIMIT 20;

-- calls: 12 ms: 7 expect: index app.Invoice ("tenantId", ...)
SELECT "id", "total" FROM "Invoice" WHERE "tenantId" = {n} AND "paidAt" IS NULL ORDER BY "issuedAt";

-- calls: 5 ms: 40 expect: rewrite function-on-column
SELECT count(*) FROM submission WHERE date_trunc('month', submitted_at) = '2025-03-01';

-- calls: 5 ms: 25 expect: rewrite cast-on-column
SELECT id FROM submission WHERE id::text = '{n}';

-- calls: 20 ms: 9 expect: index app.course (tenant_id, status, published_at) | app.course (status, tenant_id, published_at) | app.course (tenant_id, published_at) | app.course (tenant_id, published_at) WHERE deleted_at IS NULL | app.course (tenant_id, published_at) WHERE status = 'published' AND deleted_at IS NULL | app.course (tenant_id, published_at) WHERE deleted_at IS NULL AND status = 'published' | app.course (tenant_id, status, published_at) WHERE deleted_at IS NULL
SELECT id, title, published_at FROM course WHERE tenant_id = {n} AND deleted_at IS NULL AND status = 'published' ORDER BY published_at DESC LIMIT 20;

-- calls: 4 ms: 60 expect: none
SELECT status, count(*) FROM submission GROUP BY status;

-- calls: 12 ms: 15 expect: rewrite count-for-existence & index app.comment (author_id, ...)
-- same: SELECT EXISTS (SELECT 1 FROM comment WHERE author_id = {n});
SELECT count(*) > 0 FROM comment WHERE author_id = {n};

-- calls: 4 ms: 150 expect: rewrite cartesian-join
SELECT c.title, l.title FROM course c, lesson l WHERE c.tenant_id = {n} AND l.position = 1;

-- calls: 4 ms: 60 expect: rewrite deep-offset
SELECT id, body FROM comment ORDER BY created_at DESC LIMIT 20 OFFSET 40000;

-- calls: 6 ms: 13 expect: index app.member (deleted_at) | app.member (deleted_at) WHERE deleted_at IS NOT NULL
SELECT id FROM member WHERE deleted_at IS NOT NULL AND deleted_at < '2024-02-{n}';

-- calls: 4 ms: 90 expect: rewrite distinct-fan-out
-- same: SELECT m.id, m.email FROM member m WHERE m.tenant_id = {n} AND EXISTS (SELECT 1 FROM submission s WHERE s.member_id = m.id AND s.status = 'open');
SELECT DISTINCT m.id, m.email FROM member m JOIN submission s ON s.member_id = m.id WHERE m.tenant_id = {n} AND s.status = 'open';

-- calls: 4 ms: 45 expect: rewrite union-all
-- same: SELECT id, tenant_id FROM submission WHERE status = 'open' UNION ALL SELECT id, tenant_id FROM submission WHERE status = 'late';
SELECT id, tenant_id FROM submission WHERE status = 'open' UNION SELECT id, tenant_id FROM submission WHERE status = 'late';
