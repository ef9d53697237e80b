//! Reading a PostgreSQL log, alone and with everything behind it. Each bench asserts its answer.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use slowlog::{Analyzer, Source};
use slowlog_event::Body;
use slowlog_parse::{Prefix, StderrReader};

const ENTRIES: u64 = 20_000;

/// A log of prepared and simple statements in equal parts, with parameters and several lines.
fn log() -> Vec<u8> {
    let mut log = String::new();
    for number in 0..ENTRIES {
        let head = format!(
            "2026-03-01 10:{:02}:{:02}.{:03} UTC [{}] app@shop ",
            number / 60 % 60,
            number % 60,
            number % 1000,
            100 + number % 50
        );
        let table = char::from(b'a' + (number % 26) as u8);
        let written = if number % 2 == 0 {
            write!(
                log,
                "{head}LOG:  duration: 0.{:03} ms  execute S_{table}: SELECT id, name, total FROM orders_{table} WHERE customer = $1 AND state = $2 ORDER BY id\n\
                 {head}DETAIL:  parameters: $1 = '{number}', $2 = 'it''s open'\n",
                number % 1000
            )
        } else {
            write!(
                log,
                "{head}LOG:  duration: 0.{:03} ms  statement: UPDATE items_{table} SET price = {number}.5, note = 'a, b'\n\
                 \tWHERE id IN ({number}, 2, 3)\n\t  AND name <> 'O''Brien'\n",
                number % 1000
            )
        };
        written.expect("writing to a String cannot fail");
    }
    log.into_bytes()
}

fn bench(criterion: &mut Criterion) {
    let log = log();
    let prefixes = [Prefix::parse("%m [%p] %q%u@%d ").expect("the prefix is sound")];
    let mut group = criterion.benchmark_group("postgres");
    group.throughput(Throughput::Bytes(log.len() as u64));
    group.bench_function("parse", |bencher| {
        let mut reader = StderrReader::new(&prefixes);
        bencher.iter(|| {
            let mut micros = 0;
            reader.read(black_box(&log), true, |event| {
                if let Body::Statement(statement) = &event.body {
                    micros += statement.duration.map_or(0, |duration| duration.0);
                }
            });
            assert_eq!(micros, (0..ENTRIES).map(|number| number % 1000).sum::<u64>());
        });
    });
    group.bench_function("analyze", |bencher| {
        bencher.iter_batched(
            || vec![Source::reader("log", std::io::Cursor::new(log.clone()))],
            |sources| {
                let analysis =
                    Analyzer::new().threads(1).analyze(sources).expect("one thread starts");
                assert_eq!(analysis.digest.totals().executions, ENTRIES);
                assert_eq!(analysis.digest.executed_fingerprints(), 26);
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
