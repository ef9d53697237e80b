use super::*;

#[test]
fn reads_pg_dump() {
    let dump = r#"
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE TABLE app."Users" (
    id integer NOT NULL, email character varying(20) COLLATE "C", status app.state DEFAULT 'a;)'::app.state NOT NULL,
    tags text[], CONSTRAINT c CHECK ((id > 0))
);
ALTER TABLE app."Users" OWNER TO postgres;
ALTER TABLE ONLY app."Users"
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY app."Users" ADD CONSTRAINT fk FOREIGN KEY (status) REFERENCES app.states(id) ON DELETE CASCADE;
CREATE UNIQUE INDEX u ON app."Users" USING btree (lower((email)::text) text_pattern_ops, id DESC) INCLUDE (status) WHERE (status = 'x'::text);
CREATE TABLE app.m (id bigint, at timestamp with time zone NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE app.m1 PARTITION OF app.m FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
"#;
    let schema = Schema::parse(dump, Dialect::Postgres);
    assert_eq!(schema.extensions, ["pg_trgm"]);
    let users = schema.table(Some("app"), "Users").unwrap();
    let columns: Vec<_> = users.columns.iter().map(|c| (&*c.name, c.class, c.not_null)).collect();
    assert_eq!(
        columns,
        [
            ("id", TypeClass::Integer, true),
            ("email", TypeClass::Text, false),
            ("status", TypeClass::Unknown, true),
            ("tags", TypeClass::Array, false),
        ]
    );
    assert_eq!(users.column("email").unwrap().length, Some(20));
    assert_eq!(users.indexes.len(), 2);
    let unique = &users.indexes[1];
    assert_eq!(unique.keys[0].text, "lower email");
    assert_eq!(unique.keys[0].class.as_deref(), Some("text_pattern_ops"));
    assert!(unique.keys[1].descending && unique.unique);
    assert_eq!(unique.include, ["status"]);
    assert_eq!(unique.condition.as_deref(), Some("status='x'"));
    assert_eq!(users.foreign_keys[0].table, "states");
    assert!(schema.table(None, "m").unwrap().partitioned);
    assert!(schema.table(None, "m1").unwrap().partition);
}

#[test]
fn reads_mysqldump_and_show_create_table() {
    let table = "CREATE TABLE `T` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `Key` varchar(255) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'not null',
  `body` longtext,
  `flag` tinyint(1) NOT NULL COMMENT 'unique',
  PRIMARY KEY (`id`),
  UNIQUE KEY `u` (`Key`,`flag`) USING BTREE,
  KEY `b` (`body`(20) DESC),
  FULLTEXT KEY `f` (`body`),
  CONSTRAINT `fk` FOREIGN KEY (`flag`) REFERENCES `o` (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 ROW_FORMAT=COMPACT
/*!50100 PARTITION BY HASH (id) PARTITIONS 4 */";
    let dump = format!("DROP TABLE IF EXISTS `t`;\n/*!40101 SET x = 1 */;\n{table};\n");
    let shown = format!("*** 1. row ***\n       Table: t\nCreate Table: {table}\n");
    let folded = format!("Table\tCreate Table\nt\t{}\n", table.replace('\n', "\\n"));
    for text in [dump, shown, folded] {
        let schema = Schema::parse(&text, Dialect::MySql);
        let t = schema.table(None, "t").unwrap();
        assert_eq!(t.columns.len(), 4, "{text}");
        assert_eq!(t.written, Some((None, "T".to_owned())));
        assert_eq!(t.column("key").unwrap().charset(), Some("latin1"));
        assert_eq!(t.column("body").unwrap().class, TypeClass::Long);
        assert_eq!(t.column("flag").unwrap().class, TypeClass::Boolean);
        assert_eq!(t.primary_key(), ["id"]);
        let names: Vec<_> = t.indexes.iter().map(|index| &*index.name).collect();
        // The last is the one that InnoDB makes for the foreign key.
        assert_eq!(names, ["PRIMARY", "u", "b", "f", ""]);
        assert_eq!(t.indexes[2].keys[0].prefix, Some(20));
        assert_eq!(t.indexes[3].method, "fulltext");
        assert_eq!(t.engine.as_deref(), Some("innodb"));
        assert_eq!(t.charset.as_deref(), Some("utf8mb4"));
        assert_eq!(t.row_format.as_deref(), Some("compact"));
        assert!(t.partitioned);
    }
}

#[test]
fn any_bytes_are_a_schema() {
    for text in [
        "",
        "create table",
        "create table (",
        "create table t (a",
        "alter table x add",
        "create index on",
    ] {
        Schema::parse(text, Dialect::Postgres);
        Schema::parse(text, Dialect::MySql);
    }
    let deep =
        format!("create table t (a int default {}1{})", "(".repeat(200_000), ")".repeat(200_000));
    assert_eq!(Schema::parse(&deep, Dialect::Postgres).tables.len(), 1);
}
