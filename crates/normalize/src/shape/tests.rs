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

/// What a statement asks, in short: sources, predicates, joins, keys.
fn asks(sql: &str, dialect: Dialect) -> Vec<String> {
    use super::access::{Column, Operand};
    let shape = shape(sql.as_bytes(), b"", dialect);
    let packed = PackedShape::new(&shape);
    assert_eq!(
        (packed.tables(), packed.access()),
        (shape.tables, shape.access.clone().map(|a| *a))
    );
    let column = |column: &Column| {
        let source = column.source.map_or("?".to_owned(), |source| source.to_string());
        format!("{source}.{}", column.name)
    };
    let operand = |operand: &Operand| match operand {
        Operand::Column(named) => column(named),
        Operand::Expression(expression) => format!("[{}]", expression.text),
        Operand::Other => "-".to_owned(),
    };
    let blocks = shape.access.map(|access| access.blocks).unwrap_or_default();
    let text = |block: &super::access::Block| {
        let mut words = vec![format!("{:?}", block.role)];
        words.extend(
            block.sources.iter().map(|source| format!("{}:{}", source.alias, source.table)),
        );
        let predicates = block.predicates.iter();
        words.extend(predicates.map(|p| format!("{} {:?}", operand(&p.operand), p.test)));
        words.extend(
            block.joins.iter().map(|j| format!("{}={}", column(&j.left), column(&j.right))),
        );
        words.extend(block.alternatives.iter().map(|group| format!("or{}", group.len())));
        words.extend(block.order.iter().map(|key| {
            format!("by {}{}", operand(&key.operand), if key.descending { " desc" } else { "" })
        }));
        words.extend(block.limit.map(|limit| format!("limit {:?}", limit.rows)));
        words.join(", ")
    };
    blocks.iter().map(text).collect()
}

#[test]
fn what_statements_ask() {
    use Dialect::{MySql, Postgres};
    for (sql, dialect, expected) in [
        (
            "select * from t where A = 1 and b > 2 and b <= 3 order by c desc limit 5",
            Postgres,
            &["Top, t:t, 0.a Equal, 0.b Above, 0.b Below, by 0.c desc, limit Some(5)"][..],
        ),
        (
            "select x.a from t x left join u on u.id = x.u_id and u.k = 'a' and x.z = 3 where x.b in (1, 2)",
            Postgres,
            &["Top, x:t, u:u, 1.k Equal, 0.b In(2), 1.id=0.u_id"],
        ),
        (
            "select 1 from t where lower(T.name) = 'x' and a like 'b%' and c like '%d' or e",
            Postgres,
            &["Top, t:t, or2"],
        ),
        ("select 1 from t where a = 1 or a = 2", MySql, &["Top, t:t, 0.a In(2)"]),
        (
            "select 1 from t where exists (select 1 from u where u.t_id = t.id) and k not in (select k from v)",
            Postgres,
            &["Top, t:t, 0.k NotIn", "Exists, u:u, 0.t_id Equal", "NotIn, v:v"],
        ),
        (
            "with x as (select a from t where b = 1) select * from x, s.u where x.a = u.a",
            Postgres,
            &["With", "Top, x:, u:u, :t, 2.b Equal, 2.a=1.a"],
        ),
        (
            "with x as (select a from t limit 5) select 1 from x where a = 1",
            Postgres,
            &["With, t:t, limit Some(5)", "Top, x:, 0.a Equal"],
        ),
        (
            "select n from (select k as n, v + 1 as w from t where v > 2) x where n = 1 and w = 3",
            MySql,
            &["Top, x:, :t, 1.k Equal, 65535.w Equal, 1.v Above", "Derived"],
        ),
        (
            "select n from (select k, count(*) as n from t group by k) x where k = 1",
            Postgres,
            &["Top, x:, 0.k Equal", "Derived, t:t"],
        ),
        ("select 1 from t where (a, b) > (1, 2)", MySql, &["Top, t:t, 0.a RowBound"]),
        (
            "select 1 from t where a like concat('%', b) and c ~ '^ab'",
            Postgres,
            &["Top, t:t, 0.a Substring(false), 0.c Prefix"],
        ),
        (
            "update t set a = 1 where (b, c) = (1, 2) and d is null",
            Postgres,
            &["Top, t:t, 0.b Equal, 0.c Equal, 0.d IsNull"],
        ),
        ("delete from t where match (a) against ('x')", MySql, &["Top, t:t, [] FullText"]),
        (
            "select a from t where a = 1 union select b from u where attrs @> '{}'",
            Postgres,
            &["DistinctBranch, t:t, 0.a Equal", "DistinctBranch, u:u, 0.attrs Contains"],
        ),
        (
            "select t.id as n, count(*) from t join u using (k) group by 1 order by n",
            Postgres,
            &["Top, t:t, u:u, 0.k=1.k, by 0.id"],
        ),
        ("insert into t (a) values (1)", Postgres, &[]),
    ] {
        assert_eq!(asks(sql, dialect), expected, "{sql}");
    }
}

/// No literal of a statement is kept that could be anybody's.
#[test]
fn access_keeps_no_literals() {
    let sql = "select 1 from t where email = 'a@b.c' and n = 12345 and coalesce(x, 'Secret 1') = 'y 2' \
               and status = 'ready' and d > date '2024-01-01'";
    let shape = shape(sql.as_bytes(), b"", Dialect::Postgres);
    let text = serde_json::to_string(&shape).unwrap();
    for literal in ["a@b.c", "12345", "Secret", "y 2", "2024"] {
        assert!(!text.contains(literal), "{literal}: {text}");
    }
    assert!(text.contains("'ready'"));
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
