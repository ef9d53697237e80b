//! How many statements a parser knows, so that advice can be given on them: those of PostgreSQL's
//! regression tests, where they are present, and what MySQL and MariaDB have beside the standard.

#![allow(clippy::print_stdout)]

use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use slowlog_event::Dialect;
use slowlog_normalize::{Normalizer, Shape, StatementKind, shape};

#[derive(Deserialize)]
struct Line {
    sql: String,
}

fn shape_of(sql: &str, dialect: Dialect) -> Shape {
    let mut normalizer = Normalizer::new(dialect);
    shape(sql.as_bytes(), normalizer.normalize(sql.as_bytes()).text, dialect)
}

/// Of the statements that read or write tables. Among them are some hundred that are wrong on purpose.
#[test]
fn most_statements_of_the_regression_tests_are_parsed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpus/fingerprint/pg_regress_statements.jsonl.gz");
    let Ok(file) = std::fs::read(path) else { return };
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*file).read_to_string(&mut text).unwrap();
    let (mut all, mut parsed, mut partial) = (0u32, 0u32, 0u32);
    for line in text.lines() {
        let sql = serde_json::from_str::<Line>(line).unwrap().sql;
        let shape = shape_of(&sql, Dialect::Postgres);
        let of_interest = matches!(
            shape.kind,
            StatementKind::Select
                | StatementKind::Insert
                | StatementKind::Update
                | StatementKind::Delete
                | StatementKind::Merge
        );
        if !of_interest || shape.tables.is_empty() {
            continue;
        }
        all += 1;
        parsed += u32::from(shape.parsed);
        partial += u32::from(shape.access.as_ref().is_some_and(|access| access.partial));
        if !shape.parsed && std::env::var_os("SHOW_UNPARSED").is_some() {
            println!("{}", sql.replace('\n', " "));
        }
    }
    let percent = f64::from(parsed) * 100.0 / f64::from(all);
    println!("{parsed} of {all} parsed ({percent:.1} %), {partial} of them in part");
    assert!(percent >= 90.0, "{percent:.1} %");
}

#[test]
fn what_mysql_has_beside_the_standard_is_parsed() {
    for (sql, tables) in [
        ("SELECT a FROM t WHERE b = 1 LOCK IN SHARE MODE", &["t"][..]),
        ("SELECT a FROM t WHERE b = 1 FOR UPDATE", &["t"]),
        ("SELECT a FROM t WHERE b = 1 LIMIT 5 FOR UPDATE SKIP LOCKED", &["t"]),
        ("SELECT a FROM t WHERE b = 1 FOR UPDATE NOWAIT", &["t"]),
        ("SELECT a FROM t WHERE b = 1 FOR UPDATE WAIT 5", &["t"]),
        ("SELECT SQL_CALC_FOUND_ROWS a FROM t LIMIT 5", &["t"]),
        ("SELECT SQL_NO_CACHE HIGH_PRIORITY a FROM t", &["t"]),
        ("SELECT STRAIGHT_JOIN a FROM t, u WHERE t.a = u.a", &["t", "u"]),
        ("SELECT a FROM t STRAIGHT_JOIN u ON t.a = u.a", &["t", "u"]),
        ("SELECT a FROM t USE INDEX (i) WHERE b = 1", &["t"]),
        ("SELECT a FROM t AS x FORCE INDEX FOR ORDER BY (i, j) WHERE b = 1 ORDER BY c", &["t"]),
        ("SELECT a FROM t IGNORE KEY (i) JOIN u USE INDEX (j) ON t.a = u.a", &["t", "u"]),
        ("SELECT @n := @n + 1 AS n, a FROM t, (SELECT @n := 0) x", &["t"]),
        ("SELECT a INTO @x FROM t WHERE b = 1", &["t"]),
        ("SELECT a FROM t INTO OUTFILE '/tmp/x' FIELDS TERMINATED BY ','", &["t"]),
        ("SELECT a FROM t PARTITION (p0, p1) WHERE b = 1", &["t"]),
        ("SELECT a FROM t WHERE b = 1 LIMIT 10 ROWS EXAMINED 1000", &["t"]),
        ("SELECT a FROM t WHERE b REGEXP '^x' AND c RLIKE 'y'", &["t"]),
        ("SELECT a FROM t WHERE MATCH (b, c) AGAINST ('x' IN BOOLEAN MODE)", &["t"]),
        ("SELECT a, COUNT(*) FROM t GROUP BY a WITH ROLLUP", &["t"]),
        ("SELECT GROUP_CONCAT(DISTINCT a ORDER BY a SEPARATOR ', ') FROM t", &["t"]),
        ("SELECT a FROM t WHERE b <=> NULL AND c DIV 2 = 1 AND d MOD 2 = 0", &["t"]),
        ("SELECT a FROM t WHERE b = 1 AND !c && d || e XOR f", &["t"]),
        ("SELECT DATE_SUB(NOW(), INTERVAL 1 DAY) FROM t", &["t"]),
        ("SELECT a->>'$.b' FROM t WHERE c->'$.d' = 1", &["t"]),
        ("SELECT CAST(a AS UNSIGNED), CONVERT(b USING utf8mb4), BINARY c FROM t", &["t"]),
        ("SELECT a FROM t WHERE b = _utf8mb4'x' COLLATE utf8mb4_bin", &["t"]),
        ("SELECT a FROM t WHERE b = 0x1F AND c = b'01'", &["t"]),
        ("SELECT IF(a > 0, 'x', 'y'), IFNULL(b, 0) FROM t", &["t"]),
        ("INSERT IGNORE INTO t (a) VALUES (1)", &["t"]),
        ("INSERT LOW_PRIORITY INTO t SET a = 1", &["t"]),
        ("INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a) + 1", &["t"]),
        ("INSERT INTO t (a) VALUES (1) AS new ON DUPLICATE KEY UPDATE a = new.a", &["t"]),
        ("INSERT INTO t (a) VALUES (1) RETURNING a", &["t"]),
        ("REPLACE LOW_PRIORITY INTO t (a) VALUES (1)", &["t"]),
        ("UPDATE LOW_PRIORITY IGNORE t SET a = 1 WHERE b = 2 ORDER BY c LIMIT 5", &["t"]),
        ("UPDATE t JOIN u ON t.a = u.a SET t.b = u.b WHERE u.c = 1", &["t", "u"]),
        ("UPDATE t, u SET t.b = u.b WHERE t.a = u.a", &["t", "u"]),
        ("DELETE LOW_PRIORITY QUICK FROM t WHERE a = 1 LIMIT 5", &["t"]),
        ("DELETE t FROM t JOIN u ON t.a = u.a WHERE u.b = 1", &["t", "u"]),
        ("DELETE FROM t USING t JOIN u ON t.a = u.a WHERE u.b = 1", &["t", "u"]),
        ("SELECT /*+ MAX_EXECUTION_TIME(1000) */ a FROM t", &["t"]),
        (
            "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT a FROM t JOIN x",
            &["t"],
        ),
        ("SELECT a, ROW_NUMBER() OVER (PARTITION BY b ORDER BY c) FROM t", &["t"]),
        ("TABLE t", &["t"]),
        ("SELECT a FROM t WHERE (b, c) IN ((1, 2), (3, 4))", &["t"]),
        ("SELECT a FROM `d`.`t` WHERE `b` = \"x\"", &["d.t"]),
        (
            "SELECT a FROM t WHERE b BETWEEN '2024-01-01' AND '2024-01-01' + INTERVAL 1 MONTH",
            &["t"],
        ),
    ] {
        let shape = shape_of(sql, Dialect::MySql);
        assert!(shape.parsed, "not parsed: {sql}");
        assert_eq!(shape.tables, tables, "{sql}");
        assert!(shape.access.is_some(), "asks nothing: {sql}");
    }
}
