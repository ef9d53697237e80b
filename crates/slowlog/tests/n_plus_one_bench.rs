//! The figures of labelled logs, which are not part of this repository, by the arithmetic of their
//! scorer. The tests say so in one line where they are not there.

#![allow(clippy::print_stdout, reason = "what was scored and what was not is part of the result")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use slowlog::normalize::{Burst, BurstKind, BurstSettings, Confidence};
use slowlog::{Analyzer, Source};

/// An execution with its label.
#[derive(Debug, Clone)]
struct Row {
    line: u64,
    request: Option<i64>,
    endpoint: String,
    class: String,
    /// The loop that it is a child of.
    group: Option<String>,
    millis: f64,
    transaction: String,
}

/// A log and the labels of its executions.
struct Labelled {
    log: Vec<String>,
    rows: Vec<Row>,
}

fn read(path: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

fn labelled(name: &str) -> Option<Labelled> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/bench/nplus1");
    let folder = folder.join(name);
    if !folder.is_dir() {
        println!("skipped: the labelled logs `{name}` are not here");
        return None;
    }
    Some(labelled_in(&folder))
}

fn labelled_in(folder: &Path) -> Labelled {
    let log: Vec<String> =
        read(&folder.join("analyzer.log.gz")).lines().map(str::to_owned).collect();
    let labels = read(&folder.join("labels.jsonl.gz"));
    let row = |label: &str| -> Option<Row> {
        let label: Value = serde_json::from_str(label).unwrap();
        let text = |field: &str| label[field].as_str().unwrap_or_default().to_owned();
        let line = label["line"].as_u64().unwrap();
        if matches!(text("phase").as_str(), "parse" | "bind") {
            return None;
        }
        // In logs of MariaDB nothing that controls a transaction has a part in a loop.
        let statement = log[line as usize - 1].split_once("duration: ").map_or("", |of| of.1);
        let statement = statement.split_once(": ").map_or("", |(_, statement)| statement);
        let control = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET "]
            .iter()
            .any(|word| statement.starts_with(word));
        let child = matches!(text("role").as_str(), "child" | "grandchild" | "wchild" | "dup");
        Some(Row {
            line,
            request: label["req"].as_i64(),
            endpoint: text("ep"),
            class: text("cls"),
            group: Some(text("grp")).filter(|group| child && !control && !group.is_empty()),
            millis: label["dur_ms"].as_f64().unwrap(),
            transaction: text("vxid"),
        })
    };
    let rows = labels.lines().filter_map(row).collect();
    Labelled { log, rows }
}

impl Labelled {
    fn bursts(&self) -> Vec<Burst> {
        let mut log = self.log.join("\n");
        log.push('\n');
        let source = Source::reader("log", std::io::Cursor::new(log.into_bytes()));
        let settings = BurstSettings { list: true, ..BurstSettings::default() };
        let analysis = Analyzer::new().bursts(settings).analyze(vec![source]).unwrap();
        analysis.n_plus_one.bursts
    }

    /// The log with only those entries that `keep` keeps, of those that are labelled.
    fn thinned(&self, mut keep: impl FnMut(&Row) -> bool) -> Self {
        let by_line: HashMap<u64, &Row> = self.rows.iter().map(|row| (row.line, row)).collect();
        let mut thinned = Self { log: Vec::new(), rows: Vec::new() };
        let mut kept = true;
        for (place, line) in self.log.iter().enumerate() {
            let row = by_line.get(&(place as u64 + 1));
            if let Some(row) = row {
                kept = keep(row);
            } else if !line.starts_with('\t') {
                kept = true;
            }
            if kept {
                thinned.log.push(line.clone());
                let line = thinned.log.len() as u64;
                thinned.rows.extend(row.map(|row| Row { line, ..(*row).clone() }));
            }
        }
        thinned
    }

    /// The log as if a pool had given each statement outside of a transaction to any session.
    fn pooled(&self) -> Self {
        let mut dice = dice(5);
        let mut heads: Vec<(String, String)> = Vec::new();
        let mut log = self.log.clone();
        let head = |line: &str| -> Option<(String, String)> {
            let pid = line.split_once('[')?.1.split_once(']')?.0;
            let session = line.split_once("sid=")?.1.split_once(' ')?.0;
            Some((format!("[{pid}]"), format!("sid={session}")))
        };
        for row in &self.rows {
            let line = &mut log[row.line as usize - 1];
            let Some((pid, session)) = head(line) else { continue };
            if !heads.iter().any(|(known, _)| *known == pid) {
                heads.push((pid.clone(), session.clone()));
            }
            if row.transaction.ends_with("/0") {
                let (new_pid, new_session) = &heads[dice(heads.len() as u64) as usize];
                *line = line.replacen(&pid, new_pid, 1).replacen(&session, new_session, 1);
            }
        }
        Self { log, rows: self.rows.clone() }
    }
}

/// SplitMix64: the same numbers in every run.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |sides| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % sides
    }
}

/// A loop of one request: class, request, group.
type Loop = (String, i64, String);

#[derive(Debug, Default)]
struct Figures {
    precision: f64,
    recall: f64,
    macro_recall: f64,
    /// Bursts called proven or likely, and how many of them are none.
    sure: (u32, u32),
}

/// The scorer's rules: a detection is pure if half of its children are of one loop; a loop of five
/// or more is found if pure detections hold half of its children.
fn score(labelled: &Labelled, bursts: &[Burst], kind: BurstKind, class: &str) -> Figures {
    let mut loops: BTreeMap<Loop, BTreeSet<u64>> = BTreeMap::new();
    let mut endpoints: BTreeMap<&Loop, &str> = BTreeMap::new();
    let mut of_line: HashMap<u64, Loop> = HashMap::new();
    for row in &labelled.rows {
        let (Some(group), Some(request)) = (&row.group, row.request) else { continue };
        let key = (row.class.clone(), request, group.clone());
        loops.entry(key.clone()).or_default().insert(row.line);
        of_line.insert(row.line, key);
    }
    let endpoint: HashMap<u64, &str> =
        labelled.rows.iter().map(|row| (row.line, row.endpoint.as_str())).collect();
    loops.retain(|_, lines| lines.len() >= 2);
    of_line.retain(|_, key| loops.contains_key(key));
    for (key, lines) in &loops {
        endpoints.insert(key, endpoint[lines.first().unwrap()]);
    }
    let mut covered: BTreeMap<&Loop, BTreeSet<u64>> = BTreeMap::new();
    let (mut hits, mut misses) = (0u32, 0u32);
    let mut figures = Figures::default();
    for burst in bursts.iter().filter(|burst| burst.kind == kind) {
        let mut counts: BTreeMap<&Loop, usize> = BTreeMap::new();
        for line in &burst.lines {
            assert!(endpoint.contains_key(line), "line {line} is no execution");
            of_line.get(line).into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        let pure = most.filter(|(_, count)| *count >= 2 && 2 * count >= burst.lines.len());
        let sure = burst.confidence >= Confidence::Likely;
        figures.sure.0 += u32::from(sure);
        match pure {
            Some((key, count)) if key.0 == class => {
                hits += 1;
                let lines = &loops[key];
                if count >= 3 || 2 * count >= lines.len() {
                    let mine = burst.lines.iter().filter(|line| lines.contains(line));
                    covered.entry(key).or_default().extend(mine);
                }
            }
            // A loop of another class is no burst of chance.
            Some(_) => {}
            None => {
                misses += 1;
                figures.sure.1 += u32::from(sure);
            }
        }
    }
    let big: Vec<_> =
        loops.iter().filter(|(key, lines)| key.0 == class && lines.len() >= 5).collect();
    let mut by_endpoint: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for (key, lines) in &big {
        let found = covered.get(key).is_some_and(|mine| 2 * mine.len() >= lines.len());
        let (all, of_them) = by_endpoint.entry(endpoints[key]).or_default();
        *all += 1;
        *of_them += u32::from(found);
    }
    let found: u32 = by_endpoint.values().map(|(_, found)| found).sum();
    figures.precision = f64::from(hits) / f64::from((hits + misses).max(1));
    figures.recall = f64::from(found) / (big.len().max(1) as f64);
    let shares = by_endpoint.values().map(|(all, found)| f64::from(*found) / f64::from(*all));
    figures.macro_recall = shares.sum::<f64>() / by_endpoint.len().max(1) as f64;
    figures
}

#[test]
fn labelled_loops_are_found() {
    for name in ["pg_sticky", "pg_ext"] {
        let Some(labelled) = labelled(name) else { continue };
        let bursts = labelled.bursts();
        for (kind, class, precision, recall) in
            [(BurstKind::Read, "n1", 0.97, 0.95), (BurstKind::Write, "wn1", 0.93, 0.90)]
        {
            let figures = score(&labelled, &bursts, kind, class);
            println!("{name} {class}: {figures:?}");
            assert!(figures.precision >= precision, "{name} {class}: {figures:?}");
            assert!(figures.recall >= recall, "{name} {class}: {figures:?}");
            assert!(figures.macro_recall >= 0.90, "{name} {class}: {figures:?}");
            let (sure, wrong) = figures.sure;
            assert!(wrong * 50 <= sure, "{name} {class}: {figures:?}");
        }
    }
}

#[test]
fn endpoints_without_a_loop_are_not_accused() {
    for name in ["pg_sticky", "pg_ext"] {
        let Some(labelled) = labelled(name) else { continue };
        let endpoint: HashMap<u64, &Row> =
            labelled.rows.iter().map(|row| (row.line, row)).collect();
        for burst in labelled.bursts() {
            let fine = burst
                .lines
                .iter()
                .filter(|line| matches!(endpoint[line].class.as_str(), "ok" | "job"));
            let accused = 2 * fine.count() > burst.lines.len();
            let kind = burst.kind != BurstKind::Duplicate;
            assert!(!(accused && kind && burst.confidence >= Confidence::Likely), "{burst:?}");
            let duplicates = burst.lines.iter().filter(|line| endpoint[line].class == "dup");
            assert!(2 * duplicates.count() <= burst.lines.len() || !kind, "{burst:?}");
        }
    }
}

/// Logs of an application that no rule was made on, as `cargo xtask nplus1 --requests 400 --out`
/// writes them: of PostgreSQL in the SQL of Prisma, of MariaDB in that of Laravel.
#[test]
fn loops_of_another_application_are_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/nplus1");
    for name in ["postgres", "mariadb"] {
        let labelled = labelled_in(&folder.join(name));
        let bursts = labelled.bursts();
        for (kind, class) in [(BurstKind::Read, "n1"), (BurstKind::Write, "wn1")] {
            let figures = score(&labelled, &bursts, kind, class);
            println!("{name} {class}: {figures:?}");
            assert!(figures.precision >= 0.97, "{name} {class}: {figures:?}");
            assert!(figures.recall >= 0.95, "{name} {class}: {figures:?}");
            let (right, wrong) = figures.sure;
            assert!(wrong * 50 <= right, "{name} {class}: {figures:?}");
        }
    }
}

/// What is said of a log that holds less must not contradict what the whole log says.
#[test]
fn logs_that_hold_less_say_nothing_wrong() {
    let Some(whole) = labelled("pg_sticky") else { return };
    let mut logs = Vec::new();
    for threshold in [0.2, 1.0, 10.0, 100.0, 1000.0] {
        logs.push((format!("{threshold} ms"), whole.thinned(|row| row.millis >= threshold)));
    }
    for percent in [80, 50, 20, 10] {
        let mut statements = dice(percent);
        let thinned = whole.thinned(|_| statements(100) < percent);
        logs.push((format!("{percent} % of statements"), thinned));
        let transactions = whole.thinned(|row| {
            let one = row.transaction.ends_with("/0");
            let of = row
                .transaction
                .bytes()
                .chain(row.line.to_le_bytes().into_iter().take(if one { 8 } else { 0 }));
            let seed = of.fold(0u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
            dice(seed)(100) < percent
        });
        logs.push((format!("{percent} % of transactions"), transactions));
    }
    logs.push(("pooled".to_owned(), whole.pooled()));
    for (name, log) in logs {
        let bursts = log.bursts();
        for (kind, class) in [(BurstKind::Read, "n1"), (BurstKind::Write, "wn1")] {
            let figures = score(&log, &bursts, kind, class);
            println!("{name} {class}: {figures:?}");
            assert_eq!(figures.sure.1, 0, "{name} {class}: {figures:?}");
        }
    }
}
