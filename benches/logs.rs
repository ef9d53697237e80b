//! Reading a PostgreSQL log, alone and with everything behind it. Each bench asserts its answer.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use slowlog::{Analyzer, Source};
use slowlog_event::Body;
use slowlog_parse::{Envelope, Format, Prefix, Reader, Unwrapper, YearHint};

const ENTRIES: u64 = 20_000;

/// The formats that PostgreSQL writes, and its log as syslog carries it.
const FORMATS: [&str; 4] = ["stderr", "csvlog", "jsonlog", "syslog"];

fn format(name: &str) -> Format {
    match name {
        "csvlog" => Format::PostgresCsv,
        "jsonlog" => Format::PostgresJson,
        _ => Format::PostgresStderr(vec![
            Prefix::parse("%m [%p] %q%u@%d ").expect("the prefix is sound"),
        ]),
    }
}

/// A log of prepared and simple statements in equal parts, with parameters and several lines.
fn log(format: &str) -> Vec<u8> {
    let mut log = String::new();
    for number in 0..ENTRIES {
        let stamp = format!(
            "2026-03-01 10:{:02}:{:02}.{:03} UTC",
            number / 60 % 60,
            number % 60,
            number % 1000
        );
        let process = 100 + number % 50;
        let table = char::from(b'a' + (number % 26) as u8);
        let millis = number % 1000;
        let (message, detail) = if number % 2 == 0 {
            (
                format!(
                    "duration: 0.{millis:03} ms  execute S_{table}: SELECT id, \"name\", total FROM orders_{table} WHERE customer = $1 AND state = $2 ORDER BY id"
                ),
                format!("parameters: $1 = '{number}', $2 = 'it''s open'"),
            )
        } else {
            (
                format!(
                    "duration: 0.{millis:03} ms  statement: UPDATE items_{table} SET price = {number}.5, note = 'a, b'\nWHERE id IN ({number}, 2, 3)\n  AND name <> 'O''Brien'"
                ),
                String::new(),
            )
        };
        let written = match format {
            "csvlog" => {
                let quoted = |text: &str| match text {
                    "" => String::new(),
                    _ => format!("\"{}\"", text.replace('"', "\"\"")),
                };
                writeln!(
                    log,
                    "{stamp},\"app\",\"shop\",{process},\"10.0.0.1:4711\",69a40f20.{process:x},{number},\"SELECT\",2026-03-01 09:00:00 UTC,3/{number},0,LOG,00000,{},{},,,,,,,,\"web\",\"client backend\",,{number}",
                    quoted(&message),
                    quoted(&detail)
                )
            }
            "jsonlog" => {
                let escaped = |text: &str| text.replace('"', "\\\"").replace('\n', "\\n");
                let detail =
                    if detail.is_empty() { detail } else { format!(",\"detail\":\"{detail}\"") };
                writeln!(
                    log,
                    "{{\"timestamp\":\"{stamp}\",\"user\":\"app\",\"dbname\":\"shop\",\"pid\":{process},\"remote_host\":\"10.0.0.1\",\"remote_port\":4711,\"session_id\":\"69a40f20.{process:x}\",\"line_num\":{number},\"ps\":\"SELECT\",\"session_start\":\"2026-03-01 09:00:00 UTC\",\"vxid\":\"3/{number}\",\"txid\":0,\"error_severity\":\"LOG\",\"message\":\"{}\"{detail},\"application_name\":\"web\",\"backend_type\":\"client backend\",\"query_id\":{number}}}",
                    escaped(&message)
                )
            }
            "syslog" => {
                let (head, line) = (format!("{stamp} [{process}] app@shop "), number / 50 + 1);
                let second = &stamp[11..19];
                let tag = format!("Mar  1 {second} db1 postgres[{process}]: [{line}-");
                let mut lines: Vec<String> =
                    message.split('\n').map(|line| format!("#011{line}")).collect();
                lines[0] = format!("{head}LOG:  {}", &lines[0][4..]);
                if !detail.is_empty() {
                    lines.push(format!("{head}DETAIL:  {detail}"));
                }
                lines
                    .iter()
                    .zip(1..)
                    .try_for_each(|(line, part)| writeln!(log, "{tag}{part}] {line}"))
            }
            _ => {
                let head = format!("{stamp} [{process}] app@shop ");
                let detail =
                    if detail.is_empty() { detail } else { format!("{head}DETAIL:  {detail}\n") };
                write!(log, "{head}LOG:  {}\n{detail}", message.replace('\n', "\n\t"))
            }
        };
        written.expect("writing to a String cannot fail");
    }
    log.into_bytes()
}

fn bench(criterion: &mut Criterion) {
    for name in FORMATS {
        let (log, format) = (log(name), format(name));
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_function("parse", |bencher| {
            // Of an envelope the text is read by the same parser.
            if name == "syslog" {
                let hint = YearHint { latest: None, first_year: Some(2026) };
                let envelope = Envelope::detect(&log, hint).expect("it is syslog");
                bencher.iter(|| {
                    let mut unwrapper = Unwrapper::new(&envelope, Some(&format));
                    unwrapper.take(black_box(&log)).expect("it is in order");
                    unwrapper.finish().expect("it is in order");
                    assert_eq!(unwrapper.unwrapped.account.left_out_bytes(), 0);
                    assert_eq!(unwrapper.unwrapped.account.lost.count, 0);
                });
                return;
            }
            let mut reader = Reader::new(&format);
            bencher.iter(|| {
                let mut micros = 0;
                reader.read(black_box(&log), true, true, |event| {
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
                    assert_eq!(analysis.inputs[0].format, Some(format.name()));
                },
                BatchSize::LargeInput,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
