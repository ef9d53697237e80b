use super::*;
use crate::Normalizer;

fn check(sql: &str, dialect: Dialect, kind: StatementKind, tables: &[&str], parsed: bool) {
    let mut normalizer = Normalizer::new(dialect);
    let shape = shape(sql.as_bytes(), normalizer.normalize(sql.as_bytes()).text, dialect);
    assert_eq!((shape.kind, shape.parsed), (kind, parsed), "{sql}");
    assert_eq!(shape.tables, tables, "{sql}");
}

#[test]
fn shapes() {
    use Dialect::{MySql, Postgres};
    use StatementKind::{
        Call, Copy, Ddl, Delete, Empty, Insert, Merge, Other, Select, Transaction, Update, Utility,
    };
    for (sql, dialect, kind, tables, parsed) in [
        ("", Postgres, Empty, &[][..], false),
        ("-- x", Postgres, Empty, &[], false),
        ("SELECT 1", Postgres, Select, &[], true),
        ("(select 1) union (select 2)", Postgres, Select, &[], true),
        ("select * from B, a.\"C\" join b on true", Postgres, Select, &["a.C", "b"], true),
        ("select * from B, `C`", MySql, Select, &["b", "c"], true),
        ("with x as (delete from y) select * from x", Postgres, Select, &["y"], true),
        ("with x as (select 1) insert into t select * from x", Postgres, Insert, &["t"], true),
        ("update t set a = (select 1 from u)", Postgres, Update, &["t", "u"], true),
        ("delete from t using u where true", Postgres, Delete, &["t", "u"], true),
        ("replace into t values (1)", MySql, Insert, &["t"], true),
        (
            "merge into t using s on a = b when matched then delete",
            Postgres,
            Merge,
            &["s", "t"],
            true,
        ),
        ("create table t (a int)", Postgres, Ddl, &["t"], true),
        ("begin", Postgres, Transaction, &[], true),
        ("savepoint x", Postgres, Transaction, &[], true),
        ("copy t from stdin", Postgres, Copy, &["t"], true),
        ("drop table a.t, u", Postgres, Ddl, &["a.t", "u"], true),
        ("fetch next from c", Postgres, Utility, &[], true),
        ("call p(1)", MySql, Call, &[], true),
        ("vacuum t", Postgres, Utility, &["t"], true),
        ("explain select * from t", Postgres, Utility, &["t"], true),
        ("gibberish from t_1, t_2 where", Postgres, Other, &["t_1", "t_2"], false),
        ("select * from t wher a = ", Postgres, Select, &["t"], false),
        (
            "with x as (select 1), y(a) as (select 2) select * from x, y, z where a = = 1",
            Postgres,
            Select,
            &["z"],
            false,
        ),
        ("insert into s.t (a) values values", Postgres, Insert, &["s.t"], false),
    ] {
        check(sql, dialect, kind, tables, parsed);
    }
}

/// A thread of a thread pool has two megabytes; a chain of operators is a deep tree.
#[test]
fn deep_statements_fit_the_stack_of_a_thread() {
    let texts = [
        format!("select {}1", "1+".repeat(30_000)),
        format!("select {}1", "a or ".repeat(12_000)),
        format!("select {}1", "- ".repeat(30_000)),
        format!("select {}1", "not ".repeat(15_000)),
        format!("select {}1{}", "(".repeat(30_000), ")".repeat(30_000)),
        format!("select 1 {}", "union select 1 ".repeat(4_000)),
        format!("select * from a {}", "join b on c ".repeat(5_000)),
        format!("select {}1", "case when ".repeat(6_000)),
    ];
    let shapes = move || {
        for text in &texts {
            let mut normalizer = Normalizer::new(Dialect::Postgres);
            let text = text.as_bytes();
            let shape = shape(text, normalizer.normalize(text).text, Dialect::Postgres);
            assert_eq!(shape.kind, StatementKind::Select);
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(shapes).unwrap().join().unwrap();
}

/// A parser that tries one reading after the other must not try two at each of many levels.
#[test]
fn nested_statements_are_read_in_good_time() {
    for opening in [
        "select * from (",
        "select * from ((",
        "select (",
        "select f(",
        "select ((",
        "select a in (",
        "select [",
        "select case when ",
        "select exists (",
        "select a::numeric(",
        "select not (",
        "with x as (",
        "select (select ",
        "insert into t (",
        "select * from t join (",
        "select {",
        "select cast(",
        "select array[",
        "select x -> (",
        "select interval (",
        "select * from t where (a, b) in ((",
        "select -(",
        "((",
        "select a between (",
        "select (a, (",
    ] {
        for close in ["", ")"] {
            let unit = opening.strip_prefix("select ").unwrap_or(opening);
            for text in [
                format!("{opening}{}1{}", unit.repeat(40), close.repeat(80)),
                format!("{}1{}", opening.repeat(40), close.repeat(80)),
            ] {
                for dialect in [Dialect::Postgres, Dialect::MySql] {
                    let start = std::time::Instant::now();
                    shape(text.as_bytes(), b"", dialect);
                    assert!(start.elapsed().as_secs() < 5, "{dialect:?} {text}");
                }
            }
        }
    }
}
