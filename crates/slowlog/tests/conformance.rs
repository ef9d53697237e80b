//! Totals of logs with known answers, which are not part of this repository. The tests say so in
//! one line where they are not there.

#![allow(clippy::print_stdout, reason = "what was compared and what was not is part of the result")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use slowlog::digest::Totals;
use slowlog::{Analyzer, Source};

fn corpus(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: the corpus `{name}` is not here");
    None
}

fn read(path: &Path) -> Vec<u8> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut log = Vec::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => flate2::read::MultiGzDecoder::new(file).read_to_end(&mut log),
        Some("bz2") => bzip2::read::MultiBzDecoder::new(file).read_to_end(&mut log),
        _ => { file }.read_to_end(&mut log),
    }
    .unwrap();
    log
}

/// The totals of logs that follow one another.
fn totals(paths: &[PathBuf]) -> Totals {
    let logs: Vec<Vec<u8>> = paths.iter().map(|path| read(path)).collect();
    let bytes = logs.iter().map(|log| log.len() as u64).sum::<u64>();
    let sources = logs
        .into_iter()
        .zip(paths)
        .map(|(log, path)| Source::reader(path.display().to_string(), std::io::Cursor::new(log)));
    let analysis = Analyzer::new().analyze(sources.collect()).unwrap();
    let account = &analysis.completeness;
    let accounted = account.parsed_bytes
        + account.ignored_bytes
        + account.unrecognised_bytes
        + account.damaged_bytes;
    assert_eq!((account.bytes, accounted), (bytes, bytes), "{paths:?}");
    analysis.digest.totals().clone()
}

/// Milliseconds with three decimals as microseconds.
fn micros(millis: f64) -> u64 {
    (millis * 1000.0).round() as u64
}

/// What is compared of a log.
fn figures(found: &Totals) -> [u64; 7] {
    [
        found.executions - found.plan_only_executions,
        found.duration_us - found.plan_only_us,
        found.parse_bind_steps,
        found.parse_bind_us,
        found.plans,
        found.errors,
        found.unpaired_durations,
    ]
}

#[test]
fn postgres_15() {
    let Some(path) = corpus("postgres-15") else { return };
    let truth = std::fs::read_to_string(path.join("expected_truth.json")).unwrap();
    let truth: BTreeMap<String, Value> = serde_json::from_str(&truth).unwrap();
    // The truth counts the csvlog, and the server does not rotate its three logs at the same
    // entry: from C to G the border entries of the others stand in the next file, so that these
    // logs have their totals together. Plans alone are left out: they are not in the truth.
    let apart = [
        "C_stmt_all_min0",
        "D_autoexplain_text",
        "D2_autoexplain_only",
        "E_autoexplain_json",
        "F_autoexplain_yaml",
        "G_autoexplain_xml",
    ];
    for kind in ["log", "csv", "json"] {
        let rotated = if kind == "csv" { &[][..] } else { &apart };
        let names: Vec<&str> =
            truth.keys().map(String::as_str).filter(|name| !rotated.contains(name)).collect();
        let groups = names.iter().map(std::slice::from_ref).chain([rotated]);
        for group in groups {
            let paths: Vec<_> =
                group.iter().map(|name| path.join(format!("{name}.{kind}.gz"))).collect();
            let sum =
                |key: &str| group.iter().map(|name| truth[*name][key].as_u64().unwrap()).sum();
            let sum_us = |key: &str| {
                group.iter().map(|name| micros(truth[*name][key].as_f64().unwrap())).sum()
            };
            let expected: [u64; 7] = [
                sum("executed_queries"),
                sum_us("exec_ms"),
                sum("parse_bind_steps"),
                sum_us("parse_bind_ms"),
                sum("plans"),
                sum("errors"),
                sum("duration_only_unmatched"),
            ];
            let found = totals(&paths);
            let plan_only = (found.plan_only_executions, found.plan_only_us);
            assert_eq!(
                figures(&found),
                expected,
                "{kind} of {group:?}; by their plan alone: {plan_only:?}"
            );
        }
        println!("compared: {} logs ({kind}) of postgres-15", names.len() + rotated.len());
        assert!(names.len() >= 8);
    }
}

/// A server wrote every entry three times: given together, they count once.
#[test]
fn postgres_15_side_by_side() {
    let Some(path) = corpus("postgres-15") else { return };
    let logs = |kinds: &[&str], name: &str| -> Vec<PathBuf> {
        kinds.iter().map(|kind| path.join(format!("{name}.{kind}.gz"))).collect()
    };
    let truth = std::fs::read_to_string(path.join("expected_truth.json")).unwrap();
    let truth: BTreeMap<String, Value> = serde_json::from_str(&truth).unwrap();
    // Those that begin and end at the same entry in every format.
    let same = |name: &&String| !matches!(name.as_bytes()[0], b'C'..=b'G');
    for name in truth.keys().filter(same) {
        let (one, all) =
            (totals(&logs(&["csv"], name)), totals(&logs(&["log", "csv", "json"], name)));
        assert_eq!(figures(&all), figures(&one), "{name}");
        assert_eq!(
            (all.sessions, all.lock_waits, all.temp_files),
            (one.sessions, one.lock_waits, one.temp_files),
            "{name}"
        );
    }
    let every =
        |kinds: &[&str]| truth.keys().flat_map(|name| logs(kinds, name)).collect::<Vec<_>>();
    let (one, all) = (totals(&every(&["csv"])), totals(&every(&["log", "csv", "json"])));
    assert_eq!(figures(&all), figures(&one));
    println!("compared: {} scenarios of postgres-15 in three formats together", truth.len());
}

/// One row of the table in the corpus's README: name, executions, microseconds, steps and their
/// microseconds, temporary files and bytes, lock waits and microseconds, errors.
///
/// The README counts 4 errors in pg_rawcsv.log, one of them an entry of severity LOG about an
/// invalid setting: an error is an entry of severity ERROR, FATAL or PANIC, which makes 3.
type Row = (&'static str, u64, u64, (u64, u64), (u64, u64), (u64, u64), u64);

const PGBADGER: [Row; 11] = [
    ("light.postgres.log.bz2", 629, 8_654_840, (0, 0), (0, 0), (0, 0), 0),
    ("queryid.log.gz", 20, 13_595_422, (0, 0), (3, 170_382), (1, 13_555_814), 0),
    ("logplex.gz", 4, 107_517_819, (0, 0), (0, 0), (3, 20_657_734), 0),
    ("multiline_param.log", 5, 125_517, (3, 2_008), (0, 0), (0, 0), 0),
    ("stmt_type.log", 12, 37_444, (0, 0), (0, 0), (0, 0), 0),
    ("tempfile_only.log.gz", 65, 734_441_464, (0, 0), (5, 84_803_584), (0, 0), 0),
    ("pg-timezones.log", 2, 114, (0, 0), (0, 0), (0, 0), 0),
    ("postgresql_param_range.log", 3, 1_659_415, (0, 0), (0, 0), (0, 0), 0),
    ("begin_end.log", 0, 0, (0, 0), (0, 0), (0, 0), 0),
    ("csv_statement_without_duration.log", 1, 688_786_283, (0, 0), (0, 0), (0, 0), 0),
    ("pg_rawcsv.log", 0, 0, (0, 0), (0, 0), (0, 0), 3),
];

#[test]
fn pgbadger() {
    let Some(path) = corpus("pgbadger") else { return };
    for (name, executions, duration_us, steps, temp, locks, errors) in PGBADGER {
        let found = totals(&[path.join(name)]);
        assert_eq!((found.executions, found.duration_us), (executions, duration_us), "{name}");
        assert_eq!((found.parse_bind_steps, found.parse_bind_us), steps, "{name}: steps");
        assert_eq!((found.temp_files, found.temp_bytes), temp, "{name}: temporary files");
        assert_eq!((found.lock_waits, found.lock_wait_us), locks, "{name}: lock waits");
        if errors > 0 {
            assert_eq!(found.errors + found.fatal_errors, errors, "{name}: errors");
        }
    }
    println!("compared: {} logs of pgbadger", PGBADGER.len());
}

/// Events, fingerprints and microseconds of logs that others read wrongly. Where the truth of the
/// corpus counts otherwise, the rule is named.
#[test]
fn mysql_traps() {
    const TRAPS: [(&str, u64, u64, u64); 12] = [
        // Statements of one entry that are the same but for literals are one in its fingerprint.
        ("t1_hash_in_stmt.log", 2, 1, 4_000_000),
        ("t2_header_like_in_string.log", 2, 2, 4_000_000),
        ("t3_comment_in_literal.log", 2, 1, 4_000_000),
        ("t4_truncated.log", 1, 1, 1_500_000),
        ("t5_binary.log", 2, 2, 4_000_000),
        ("t6_bigin.log.gz", 2, 2, 4_000_000),
        ("t7_crlf.log", 2, 2, 4_000_000),
        ("t8_tz.log", 2, 2, 4_000_000),
        ("t9_mariadb.log", 1, 1, 1_000_277),
        ("t10_use_inherit.log", 4, 4, 4_000_000),
        ("t11_extra.log", 1, 1, 1_000_000),
        ("t13_user.log", 2, 2, 2_000_000),
    ];
    let Some(path) = corpus("mysql-traps") else { return };
    let analysis = |name: &str| {
        let log = std::io::Cursor::new(read(&path.join(name)));
        Analyzer::new().analyze(vec![Source::reader(name, log)]).unwrap()
    };
    for (name, executions, fingerprints, duration_us) in TRAPS {
        let found = analysis(name).digest;
        assert_eq!(found.totals().executions, executions, "{name}");
        assert_eq!(found.executed_fingerprints(), fingerprints, "{name}");
        assert_eq!(found.totals().duration_us, duration_us, "{name}");
    }
    // An entry above the time that is always written stands for itself alone.
    let sampled = analysis("t12_rate.log").digest;
    assert_eq!((sampled.totals().executions, sampled.totals().duration_us), (2, 12_100_000));
    assert_eq!(sampled.figures().left_out(), Some((99, 9_900_000)));
    // A schema holds until the server opens its log again.
    let inherited = analysis("t10_use_inherit.log").digest;
    let databases = inherited.actors.totals(slowlog::digest::NameKind::Database);
    assert_eq!(databases.iter().map(|total| total.executions).collect::<Vec<_>>(), [3]);
    println!("compared: {} logs of mysql-traps", TRAPS.len() + 2);
}
