-- A platform for courses, of several tenants, on PostgreSQL. Its role has search_path = app, public.
CREATE SCHEMA app;
CREATE SCHEMA audit;
CREATE TABLE app.plan (
    id integer NOT NULL PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE app.tenant (
    id integer NOT NULL PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    plan_id integer NOT NULL REFERENCES app.plan (id)
);
CREATE TABLE app.member (
    id bigint NOT NULL,
    tenant_id integer NOT NULL,
    email text NOT NULL,
    display_name text NOT NULL,
    external_ref character varying(40),
    last_seen_at timestamp with time zone,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY app.member
    ADD CONSTRAINT member_pkey PRIMARY KEY (id);
CREATE INDEX member_tenant_idx ON app.member USING btree (tenant_id);
CREATE TABLE app.course (
    id bigint NOT NULL PRIMARY KEY,
    tenant_id integer NOT NULL,
    title text NOT NULL,
    status text NOT NULL,
    attrs jsonb NOT NULL,
    published_at timestamp with time zone,
    deleted_at timestamp with time zone
);
CREATE TABLE app.enrollment (
    member_id bigint NOT NULL REFERENCES app.member (id) ON DELETE CASCADE,
    course_id bigint NOT NULL,
    tenant_id integer NOT NULL,
    state text NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    PRIMARY KEY (member_id, course_id)
);
CREATE TABLE app.lesson (
    id bigint NOT NULL PRIMARY KEY,
    course_id bigint NOT NULL,
    "position" integer NOT NULL,
    title text NOT NULL
);
CREATE TABLE app.submission (
    id bigint NOT NULL PRIMARY KEY,
    tenant_id integer NOT NULL,
    lesson_id bigint NOT NULL REFERENCES app.lesson (id),
    member_id bigint NOT NULL REFERENCES app.member (id),
    status text NOT NULL,
    score numeric,
    submitted_at timestamp with time zone NOT NULL,
    graded_at timestamp with time zone
);
CREATE TABLE app.comment (
    id bigint NOT NULL PRIMARY KEY,
    tenant_id integer NOT NULL,
    commentable_type text NOT NULL,
    commentable_id bigint NOT NULL,
    author_id bigint,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE app.outbox (
    id bigint NOT NULL PRIMARY KEY,
    topic text NOT NULL,
    status text NOT NULL,
    run_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    payload jsonb NOT NULL
);
CREATE TABLE app."Invoice" (
    id bigint NOT NULL PRIMARY KEY,
    "tenantId" integer NOT NULL,
    "issuedAt" timestamp with time zone NOT NULL,
    "paidAt" timestamp with time zone,
    total numeric NOT NULL
);
CREATE TABLE app.activity (
    id bigint NOT NULL,
    tenant_id integer NOT NULL,
    member_id bigint NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    PRIMARY KEY (id, at)
)
PARTITION BY RANGE (at);
CREATE TABLE app.activity_2025_01 PARTITION OF app.activity FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE app.activity_2025_02 PARTITION OF app.activity FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
CREATE TABLE app.activity_2025_03 PARTITION OF app.activity FOR VALUES FROM ('2025-03-01') TO ('2025-04-01');
CREATE TABLE app.event (
    id bigint NOT NULL PRIMARY KEY,
    tenant_id integer NOT NULL,
    course_id bigint NOT NULL,
    title text NOT NULL,
    starts_at timestamp with time zone NOT NULL
);
CREATE TABLE audit.event (
    id bigint NOT NULL PRIMARY KEY,
    tenant_id integer NOT NULL,
    actor_id bigint,
    verb text NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE VIEW app.active_member AS
 SELECT member.id, member.tenant_id, member.email, member.display_name, member.last_seen_at
   FROM app.member
  WHERE (member.deleted_at IS NULL);
