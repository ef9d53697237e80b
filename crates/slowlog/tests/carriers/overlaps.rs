//! One server's entries in several logs count once, and those of two servers count twice.

use std::fmt::Write as _;

use slowlog::Analysis;

use crate::wrap::{Files, executions, gzip};

/// What one execution is in each of the formats that a server writes side by side.
struct Entry {
    millis: u64,
    pid: u32,
    micros: u64,
}

/// Executions of one server, as `seed` has it: several in a second, of three sessions.
fn server(seed: u64, entries: u64) -> Vec<Entry> {
    let mut state = seed;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut millis = 36_000_000;
    (0..entries)
        .map(|_| {
            millis += random(400);
            Entry { millis, pid: 100 + random(3) as u32, micros: 1 + random(900_000) }
        })
        .collect()
}

impl Entry {
    fn clock(&self) -> String {
        let seconds = self.millis / 1000;
        format!("2026-03-01 {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    fn stderr(&self) -> String {
        let (clock, millis, pid) = (self.clock(), self.millis % 1000, self.pid);
        format!("{clock}.{millis:03} UTC [{pid}] LOG:  {}\n", self.message().replace('\n', "\n\t"))
    }

    /// With stamps of whole seconds.
    fn stderr_seconds(&self) -> String {
        format!(
            "{} UTC [{}] LOG:  {}\n",
            self.clock(),
            self.pid,
            self.message().replace('\n', "\n\t")
        )
    }

    fn csv(&self) -> String {
        let (clock, millis, pid) = (self.clock(), self.millis % 1000, self.pid);
        format!(
            "{clock}.{millis:03} UTC,\"bob\",\"shop\",{pid},\"[local]\",69a40f20.{pid:x},3,\"SELECT\",2026-03-01 09:59:00 UTC,3/0,0,LOG,00000,\"{}\",,,,,,,,,\"psql\",\"client backend\",,0\n",
            self.message()
        )
    }

    fn json(&self) -> String {
        let (clock, millis, pid) = (self.clock(), self.millis % 1000, self.pid);
        format!(
            "{{\"timestamp\":\"{clock}.{millis:03} UTC\",\"user\":\"bob\",\"dbname\":\"shop\",\"pid\":{pid},\"session_id\":\"69a40f20.{pid:x}\",\"line_num\":3,\"error_severity\":\"LOG\",\"message\":\"{}\"}}\n",
            self.message().replace('\n', "\\n")
        )
    }

    fn message(&self) -> String {
        let (whole, rest) = (self.micros / 1000, self.micros % 1000);
        format!("duration: {whole}.{rest:03} ms  statement: SELECT *\nFROM orders")
    }
}

fn write(entries: &[Entry], form: impl Fn(&Entry) -> String) -> Vec<u8> {
    let mut log = String::new();
    entries.iter().for_each(|entry| log.write_str(&form(entry)).unwrap());
    log.into_bytes()
}

/// Executions and time of logs given together.
fn totals(logs: &[(&str, Vec<u8>)]) -> (u64, u64, Analysis) {
    let files: Vec<(&str, &[u8])> =
        logs.iter().map(|(name, log)| (*name, log.as_slice())).collect();
    let files = Files::new(&files);
    let names: Vec<&str> = logs.iter().map(|(name, _)| *name).collect();
    let analysis = files.analyze(&names);
    for (threads, block_bytes) in [(1, 700), (2, 5000)] {
        let mut analyzer = slowlog::Analyzer::new();
        analyzer.threads(threads).block_bytes(block_bytes);
        let again = files.analyze_with(&names, &analyzer);
        assert_eq!(again.digest.totals(), analysis.digest.totals(), "{names:?}");
    }
    (executions(&analysis), analysis.digest.totals().duration_us, analysis)
}

fn micros(entries: &[Entry]) -> u64 {
    entries.iter().map(|entry| entry.micros).sum()
}

#[test]
fn a_server_that_writes_everything_in_every_format() {
    let all = server(1, 4000);
    let logs = [
        ("pg.log", write(&all, Entry::stderr)),
        ("pg.csv", write(&all, Entry::csv)),
        ("pg.json", write(&all, Entry::json)),
    ];
    for pair in [[0, 1], [1, 0], [1, 2], [2, 0]] {
        let (count, sum, analysis) = totals(&pair.map(|place| logs[place].clone()));
        assert_eq!((count, sum), (4000, micros(&all)), "{pair:?}");
        let copies = analysis.inputs.iter().filter(|input| input.duplicate_of.is_some());
        assert_eq!(copies.count(), 1, "{pair:?}");
        assert!(analysis.is_complete(true));
    }
    let (count, sum, analysis) = totals(&logs);
    assert_eq!((count, sum), (4000, micros(&all)));
    let kept: Vec<_> = analysis.inputs.iter().map(|input| input.executions).collect();
    assert_eq!(kept, [0, 4000, 0], "csvlog has the most fields");
}

/// The server rotates each of its logs when that is full, so they begin and end elsewhere.
#[test]
fn parts_that_begin_and_end_elsewhere() {
    let all = server(2, 6000);
    let whole = (6000, micros(&all));
    for (csv, stderr) in [
        // The one ends within the other, behind it, begins before it.
        (0..4000, 10..3000),
        (10..6000, 0..6000),
        (0..3000, 1000..6000),
        (3000..6000, 0..3100),
        (2999..6000, 0..3001),
        (2000..4000, 0..6000),
        (0..6000, 2000..4000),
    ] {
        let expected = &all[csv.start.min(stderr.start)..csv.end.max(stderr.end)];
        for form in [Entry::stderr, Entry::json] {
            let logs = [
                ("other", write(&all[stderr.clone()], form)),
                ("pg.csv", write(&all[csv.clone()], Entry::csv)),
            ];
            let (count, sum, _) = totals(&logs);
            let expected = (expected.len() as u64, micros(expected));
            assert_eq!((count, sum), expected, "{csv:?} {stderr:?}");
        }
    }
    // Several files of each, some compressed, so that their ends are not known before.
    let part = |from: usize, to: usize, form: fn(&Entry) -> String| write(&all[from..to], form);
    let logs = [
        ("pg.log.2.gz", gzip(&part(0, 2500, Entry::stderr))),
        ("pg.log.1", part(2500, 5000, Entry::stderr)),
        ("pg.log", part(5000, 6000, Entry::stderr)),
        ("pg.csv.3.gz", gzip(&part(0, 1500, Entry::csv))),
        ("pg.csv.2", part(1500, 3000, Entry::csv)),
        ("pg.csv.1", part(3000, 4500, Entry::csv)),
        ("pg.csv", part(4500, 6000, Entry::csv)),
    ];
    let (count, sum, _) = totals(&logs);
    assert_eq!((count, sum), whole);
    // One of them is missing: the other log has it.
    let (count, sum, _) = totals(&[&logs[..4], &logs[5..]].concat());
    assert_eq!((count, sum), whole);
}

/// Stamps of whole seconds say which entries are the same only within a second.
#[test]
fn stamps_of_whole_seconds() {
    let all = server(3, 3000);
    let logs =
        [("pg.log", write(&all, Entry::stderr_seconds)), ("pg.csv", write(&all, Entry::csv))];
    let (count, sum, _) = totals(&logs);
    assert_eq!((count, sum), (3000, micros(&all)));
}

#[test]
fn an_archive_of_all_days() {
    let all = server(4, 9000);
    let day = |from: usize, to: usize| write(&all[from..to], Entry::stderr);
    let days = [("1", day(0, 3000)), ("2", gzip(&day(3000, 6000))), ("3", day(6000, 9000))];
    let week = ("week.gz", gzip(&day(0, 9000)));
    for logs in [
        vec![week.clone(), days[1].clone()],
        vec![days[0].clone(), week.clone()],
        vec![days[2].clone(), week.clone(), days[0].clone()],
        [&days[..], &[week.clone()]].concat(),
    ] {
        let (count, sum, _) = totals(&logs);
        assert_eq!((count, sum), (9000, micros(&all)), "{} logs", logs.len());
    }
}

/// Two servers of one application: the same statements at the same time, even in processes of the
/// same number, or with the same durations.
#[test]
fn two_servers_are_two() {
    let one = server(5, 3000);
    let (mut other_pids, mut other_times, mut later) =
        (server(5, 3000), server(5, 3000), server(5, 3000));
    other_pids.iter_mut().for_each(|entry| entry.pid += 50);
    other_times.iter_mut().zip(1..).for_each(|(entry, more)| entry.micros += more % 13 + 1);
    later.iter_mut().for_each(|entry| entry.millis += 7);
    for (name, other) in [
        ("pids", &other_pids),
        ("durations", &other_times),
        ("stamps", &later),
        ("all", &server(6, 3000)),
    ] {
        for form in [Entry::stderr, Entry::csv, Entry::json] {
            let logs = [("one.csv", write(&one, Entry::csv)), ("other", write(other, form))];
            let (count, sum, _) = totals(&logs);
            assert_eq!((count, sum), (6000, micros(&one) + micros(other)), "{name}");
        }
    }
}
