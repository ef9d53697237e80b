use super::super::form::Form;
use super::super::mysql::Slow;
use super::super::postgres::Stderr;
use super::super::shape::shape;
use super::*;
use crate::engine::Engine;
use crate::slow_times;

fn written(
    form: impl Form,
    engine: Engine,
    shapes: usize,
    size: u64,
    seed: u64,
) -> (String, Truth) {
    let shapes = (0..shapes).map(|number| shape(number, shapes, engine)).collect();
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out, form, shapes, seed);
    writer.write_all(size).unwrap();
    let (truth, _) = writer.finish().unwrap();
    (String::from_utf8(out).unwrap(), truth)
}

fn stderr(shapes: usize, size: u64, seed: u64) -> (String, Truth) {
    written(Stderr::default(), Engine::Postgres, shapes, size, seed)
}

fn slow(shapes: usize, size: u64, seed: u64) -> (String, Truth) {
    written(Slow::default(), Engine::Mysql, shapes, size, seed)
}

fn executions(shares: &[Share]) -> u64 {
    shares.iter().map(|share| share.executions).sum()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    for log in [stderr, slow] {
        let (first, _) = log(20, 100_000, 1);
        assert!(first == log(20, 100_000, 1).0);
        assert!(first != log(20, 100_000, 2).0);
    }
}

#[test]
fn the_truth_of_a_stderr_log_is_what_was_written() {
    let (text, truth) = stderr(500, 1_000_000, 1);
    let count = |words: &str| Some(text.matches(words).count() as u64);
    assert_eq!(truth.bytes, text.len() as u64);
    assert_eq!(truth.lines, text.lines().count() as u64);
    assert_eq!(truth.entries, text.lines().filter(|line| line.starts_with("2026-")).count() as u64);
    assert_eq!(Some(truth.duration_events), count("LOG:  duration: "));
    assert_eq!(
        truth.totals.executions.map(|executions| executions + count(" bind S_1: ").unwrap()),
        count("LOG:  duration: ")
    );
    assert_eq!(truth.totals.errors, count("ERROR:  "));
    assert_eq!(truth.totals.killed, count("ERROR:  canceling"));
    assert_eq!(truth.totals.fingerprints, Some(500));
    assert_eq!(Some(executions(&truth.users)), truth.totals.executions);
    assert_eq!(Some(executions(&truth.applications)), truth.totals.executions);
}

#[test]
fn the_truth_of_a_slow_log_is_what_was_written() {
    let (text, truth) = slow(500, 1_000_000, 1);
    let count = |words: &str| Some(text.matches(words).count() as u64);
    assert_eq!(truth.bytes, text.len() as u64);
    assert_eq!(truth.lines, text.lines().count() as u64);
    assert_eq!(Some(truth.entries), count("\n# Time: 2026-"));
    let times = slow_times::read(text.as_bytes()).unwrap();
    assert_eq!(truth.totals.executions, Some(times.entries));
    assert_eq!(truth.totals.duration_us, Some(times.duration_us));
    assert_eq!(truth.totals.fingerprints, Some(504));
    assert_eq!(Some(executions(&truth.users)), truth.totals.executions);
    let ids: std::collections::HashSet<_> =
        text.lines().filter_map(|line| line.split_once("]  Id: ")).map(|(_, id)| id).collect();
    assert_eq!(truth.totals.sessions, Some(ids.len() as u64));
}

#[test]
fn a_slow_log_names_a_schema_when_it_is_another_one() {
    let (text, truth) = slow(20, 300_000, 1);
    let mut database = "";
    let mut counted = std::collections::BTreeMap::<&str, u64>::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("use ") {
            assert_ne!(database, name);
            database = name;
        } else if line.starts_with("SET timestamp=") {
            *counted.entry(database.trim_end_matches(';')).or_default() += 1;
        }
    }
    for share in &truth.databases {
        assert_eq!(counted.get(share.name.as_str()), Some(&share.executions), "{}", share.name);
    }
    assert_eq!(counted.len(), truth.databases.len());
}
