//! Whole workloads: what must be advised of which statement, and that what needs nothing gets
//! nothing; and that whatever is advised is a statement.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use slowlog::advise::{Advice, Advisor, Schema};
use slowlog::{Analyzer, Source};
use slowlog_event::Dialect;
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect};
use sqlparser::parser::Parser;

/// A statement of a workload, with what is expected.
struct Statement {
    sql: String,
    calls: u32,
    ms: u32,
    expect: Option<String>,
}

fn workload(name: &str) -> (Vec<Statement>, String) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/advice/workloads");
    let text = fs::read_to_string(directory.join(format!("{name}.sql"))).unwrap();
    let schema = fs::read_to_string(directory.join(format!("{name}.schema.sql"))).unwrap();
    let mut statements = Vec::new();
    for part in text.split("-- calls: ").skip(1) {
        let (head, sql) = part.split_once('\n').unwrap();
        let (calls, rest) = head.split_once(" ms: ").unwrap();
        let (ms, expect) = match rest.split_once(" expect: ") {
            Some((ms, expect)) => (ms, Some(expect.to_owned())),
            None => (rest, None),
        };
        let sql = sql.trim().trim_end_matches(';').to_owned();
        statements.push(Statement {
            sql,
            calls: calls.trim().parse().unwrap(),
            ms: ms.trim().parse().unwrap(),
            expect,
        });
    }
    (statements, schema)
}

/// A log of statements, each with its calls; `{n}` is another number each time.
fn log(statements: &[Statement], dialect: Dialect) -> String {
    let mut log = String::new();
    let mut number = 0u32;
    for statement in statements {
        for _ in 0..statement.calls {
            let mut sql = String::new();
            for (place, part) in statement.sql.split("{n}").enumerate() {
                if place > 0 {
                    number = number.wrapping_mul(1_103_515_245).wrapping_add(12_345);
                    write!(sql, "{}", 10 + (number >> 16) % 19).unwrap();
                }
                sql.push_str(part);
            }
            match dialect {
                Dialect::Postgres => writeln!(
                    log,
                    "2026-03-01 10:00:00 UTC [7] LOG:  duration: {}.000 ms  statement: {sql}",
                    statement.ms
                ),
                Dialect::MySql => writeln!(
                    log,
                    "# User@Host: u[u] @ h []  Id:     7\n# Query_time: {}  Lock_time: 0.000000 \
                     Rows_sent: 1  Rows_examined: {}\nSET timestamp=1772359200;\n{sql};",
                    f64::from(statement.ms) / 1000.0,
                    if statement.ms < 5 { 90 } else { statement.ms * 5000 }
                ),
            }
            .unwrap();
        }
    }
    log
}

fn advice(log: String, schema: &str, dialect: Dialect) -> (Advice, slowlog::Analysis) {
    let source = Source::reader("workload", std::io::Cursor::new(log.into_bytes()));
    let mut analyzer = Analyzer::new();
    let analysis = analyzer.threads(1).analyze(vec![source]).unwrap();
    let schema = Some(Schema::parse(schema, dialect));
    (analysis.advise(&Advisor { schema, ..Advisor::default() }), analysis)
}

#[test]
fn a_schema_that_has_what_it_needs_gets_nothing() {
    let (statements, schema) = workload("tpcc");
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        let (advice, _) = advice(log(&statements, dialect), &schema, dialect);
        assert!(advice.indexes.is_empty(), "{:#?}", advice.indexes);
        assert!(advice.redundant_indexes.is_empty());
    }
}

#[test]
fn the_help_desk_gets_what_it_lacks() {
    let (statements, schema) = workload("helpdesk");
    let (advice, analysis) = advice(log(&statements, Dialect::MySql), &schema, Dialect::MySql);
    let proposed: BTreeSet<String> = advice
        .indexes
        .iter()
        .map(|index| format!("{} ({})", index.table, index.columns.join(", ")))
        .collect();
    for statement in &statements {
        let Some(expect) = &statement.expect else { continue };
        // The fingerprint, by its text: literals and layout aside.
        let mut normalizer = slowlog_normalize::Normalizer::new(Dialect::MySql);
        let sql = statement.sql.replace("{n}", "5");
        let text = normalizer.normalize(sql.as_bytes()).text.to_vec();
        let id = slowlog_normalize::FingerprintId::of(&text);
        if let Some(rule) = expect.strip_prefix("rewrite ") {
            let found = advice.rewrites.iter().any(|rewrite| rewrite.rule == rule);
            assert!(found, "{rule} is silent: {sql}");
        } else if expect == "none" {
            let gains = advice.indexes.iter().find(|index| index.queries.contains(&id));
            assert!(gains.is_none(), "{sql}: {gains:#?}");
        } else {
            assert!(proposed.contains(expect), "{expect} is missing for {sql}: {proposed:#?}");
        }
    }
    assert!(advice.indexes.len() <= 12, "{proposed:#?}");
    assert!(analysis.digest.totals().executions > 600);
}

/// Names that have to be quoted, or are reserved, or are near the limits.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9_]{0,12}",
        Just("order".to_owned()),
        Just("Key".to_owned()),
        Just("user".to_owned()),
        Just("with blank".to_owned()),
        Just("quo\"te".to_owned()),
        Just("bück".to_owned()),
        "[a-z]{50,62}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_ddl_advised_parses(
        table in name(),
        columns in prop::collection::btree_set(name(), 2..5),
        kinds in prop::collection::vec(0..6usize, 4),
        conditions in prop::collection::vec(0..7usize, 4),
        descending in any::<bool>(),
        mysql in any::<bool>(),
    ) {
        let dialect = if mysql { Dialect::MySql } else { Dialect::Postgres };
        let quote = if mysql { '`' } else { '"' };
        let quoted = |name: &str| {
            let doubled = name.replace(quote, &format!("{quote}{quote}"));
            format!("{quote}{doubled}{quote}")
        };
        let types = ["int", "varchar(200)", "text", "timestamp", "boolean", "varchar(2000)"];
        let mut schema = format!("CREATE TABLE {} (pk_ int PRIMARY KEY", quoted(&table));
        for (column, kind) in columns.iter().zip(&kinds) {
            write!(schema, ", {} {}", quoted(column), types[*kind]).unwrap();
        }
        schema.push_str(");");
        let tests =
            ["= 5", "= 'ready'", "LIKE 'a%'", "IS NULL", "> 7", "IN (1, 2)", "BETWEEN 1 AND 5"];
        let conditions: Vec<String> = columns
            .iter()
            .zip(&conditions)
            .skip(1)
            .map(|(column, test)| format!("{} {}", quoted(column), tests[*test]))
            .collect();
        let first = quoted(columns.first().unwrap());
        let direction = if descending { "DESC" } else { "" };
        let sql = format!(
            "SELECT * FROM {} WHERE {} ORDER BY {first} {direction} LIMIT 10",
            quoted(&table),
            conditions.join(" AND "),
        );
        let statement = Statement { sql, calls: 3, ms: 500, expect: None };
        let (advice, _) = advice(log(&[statement], dialect), &schema, dialect);
        for index in &advice.indexes {
            for sql in [&index.ddl, &index.undo] {
                // The parser knows neither of these clauses; servers do.
                let known = sql
                    .replace(", ALGORITHM=INPLACE, LOCK=NONE", "")
                    .replace("DROP INDEX CONCURRENTLY", "DROP INDEX");
                let parsed = if mysql {
                    Parser::parse_sql(&MySqlDialect {}, &known)
                } else {
                    Parser::parse_sql(&PostgreSqlDialect {}, &known)
                };
                prop_assert!(parsed.is_ok(), "{sql}: {parsed:?}");
            }
        }
    }
}
