//! How long advice takes: many fingerprints on few tables, and on many.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, criterion_group, criterion_main};
use slowlog::advise::{Advisor, Schema};
use slowlog::{Analyzer, Source};
use slowlog_event::Dialect;

/// Columns of each table beside its key: owners, states, times, texts, numbers.
const COLUMNS: [(&str, &str); 14] = [
    ("account_id", "bigint NOT NULL"),
    ("parent_id", "bigint NOT NULL"),
    ("author_id", "bigint"),
    ("state", "text NOT NULL"),
    ("kind", "text NOT NULL"),
    ("created_at", "timestamptz NOT NULL"),
    ("updated_at", "timestamptz NOT NULL"),
    ("deleted_at", "timestamptz"),
    ("email", "text"),
    ("title", "text"),
    ("number", "integer NOT NULL"),
    ("rank", "integer NOT NULL"),
    ("price", "numeric"),
    ("is_open", "boolean NOT NULL"),
];

/// The same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn column(&mut self) -> &'static str {
        COLUMNS[self.below(COLUMNS.len())].0
    }
}

/// A name in letters: fingerprints make one of names that differ in numbers alone.
fn name(table: usize) -> String {
    let letter = |place: usize| char::from(b'a' + (table / 26_usize.pow(place as u32) % 26) as u8);
    format!("t_{}{}{}", letter(2), letter(1), letter(0))
}

fn schema(tables: usize) -> String {
    let mut schema = String::new();
    for table in 0..tables {
        let table = name(table);
        write!(schema, "CREATE TABLE {table} (id bigint PRIMARY KEY").expect("a String takes it");
        for (name, of) in COLUMNS {
            write!(schema, ", {name} {of}").expect("a String takes it");
        }
        writeln!(schema, ");\nCREATE INDEX {table}_a ON {table} (account_id);")
            .expect("a String takes it");
    }
    schema
}

/// A statement as a framework would write it; few of them are alike.
fn statement(random: &mut Random, tables: usize) -> String {
    // Some tables have more to do with than others.
    let busy = random.below(tables) + 1;
    let table = random.below(busy);
    let [a, b, c, d, e] = std::array::from_fn(|_| random.column());
    let other = name((table + 1 + random.below(5)) % tables);
    let table = name(table);
    match random.below(8) {
        0 => format!(
            "SELECT id, {a} FROM {table} WHERE {b} = 7 AND {c} = 'ready' ORDER BY {d} DESC LIMIT 20"
        ),
        1 => format!("SELECT {a}, {b} FROM {table} WHERE {c} = 7 AND {d} > 5 AND {e} IS NULL"),
        2 => format!(
            "SELECT x.id, y.{a} FROM {table} x JOIN {other} y ON y.parent_id = x.id WHERE x.{b} = 7 AND y.{c} = 'new' ORDER BY x.{d} LIMIT 10"
        ),
        3 => format!(
            "SELECT count(*) FROM {table} WHERE {a} IN (1, 2, 3) AND {b} BETWEEN 1 AND 7 AND {c} <> 'x'"
        ),
        4 => format!(
            "UPDATE {table} SET {a} = 'done', updated_at = now() WHERE {b} = 7 AND {c} = 'ready' AND {d} < 7"
        ),
        5 => format!("SELECT id FROM {table} WHERE ({a} = 7 OR {b} = 'seven') AND {c} = 1"),
        6 => format!(
            "SELECT {a}, count(*) FROM {table} WHERE {b} = 7 AND EXISTS (SELECT 1 FROM {other} y WHERE y.parent_id = {table}.id AND y.{c} = 'x') AND {d} = 3 GROUP BY {a}"
        ),
        _ => format!(
            "SELECT x.*, y.{a}, z.{b} FROM {table} x JOIN {other} y ON y.id = x.parent_id LEFT JOIN {table} z ON z.id = y.author_id WHERE x.{c} = 7 AND y.{d} = 5 AND x.{e} = 'x'"
        ),
    }
}

/// A log with so many fingerprints.
fn log(fingerprints: u64, tables: usize) -> String {
    let mut random = Random(42);
    let mut known = std::collections::HashSet::new();
    let mut log = String::new();
    while (known.len() as u64) < fingerprints {
        let sql = statement(&mut random, tables);
        if !known.insert(sql.clone()) {
            continue;
        }
        // A few statements take most of the time.
        let ms = 20 + 200_000 / (1 + random.below(5_000));
        for second in 0..2 {
            writeln!(
                log,
                "2026-03-01 10:00:0{second} UTC [7] LOG:  duration: {ms}.000 ms  statement: {sql}"
            )
            .expect("a String takes it");
        }
    }
    log
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("advice");
    group.sample_size(10);
    for (fingerprints, tables) in [(10_000, 100), (10_000, 2_000), (50_000, 100), (50_000, 2_000)] {
        let source = Source::reader("log", Cursor::new(log(fingerprints, tables).into_bytes()));
        let analysis = Analyzer::new().threads(1).analyze(vec![source]).expect("one thread starts");
        assert!(analysis.digest.executed_fingerprints() > fingerprints * 9 / 10);
        let schema = Some(Schema::parse(&schema(tables), Dialect::Postgres));
        let advisor = Advisor { schema, ..Advisor::default() };
        group.bench_function(format!("{fingerprints} fingerprints, {tables} tables"), |bencher| {
            bencher.iter(|| {
                let advice = black_box(analysis.advise(&advisor));
                assert!(!advice.indexes.is_empty());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
