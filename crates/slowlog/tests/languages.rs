//! The log of a server that speaks another language says what the English one says. The logs are
//! those of one server that did the same twelve times (`testdata/postgres/language-*.log`).

use std::path::{Path, PathBuf};

use slowlog::digest::{NameKind, Totals};
use slowlog::{Analysis, Analyzer, Source};

fn logs() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/postgres");
    let mut logs: Vec<PathBuf> =
        dir.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    logs.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("language-") && name.ends_with(".log")
    });
    logs.sort();
    logs
}

fn analyze(log: Vec<u8>) -> Analysis {
    let source = Source::reader("log", std::io::Cursor::new(log));
    Analyzer::new().analyze(vec![source]).unwrap()
}

/// All that does not depend on how long something took.
fn says(analysis: &Analysis) -> String {
    let digest = &analysis.digest;
    let mut queries: Vec<String> = digest
        .queries()
        .map(|(fingerprint, query)| {
            let names = query.names(&digest.actors);
            format!(
                "{} {} errors {} killed {} files {} {names:?}",
                String::from_utf8_lossy(&fingerprint.text),
                query.executions,
                query.besides().errors,
                query.besides().killed,
                query.besides().temp_bytes > 0
            )
        })
        .collect();
    queries.sort();
    let Totals {
        executions,
        sessions,
        errors,
        fatal_errors,
        killed,
        parse_bind_steps,
        statements_without_time,
        unpaired_durations,
        lock_waits,
        temp_files,
        ..
    } = digest.totals();
    let users: Vec<_> =
        digest.actors.totals(NameKind::User).into_iter().map(|user| user.executions).collect();
    let totals = [
        executions,
        sessions,
        errors,
        fatal_errors,
        killed,
        parse_bind_steps,
        statements_without_time,
        unpaired_durations,
        lock_waits,
        temp_files,
    ];
    let account = &analysis.completeness;
    let lost = account.unrecognised_bytes + account.damaged_bytes;
    let prefix = &analysis.inputs[0].prefix;
    format!("{totals:?} {users:?} lost {lost} {prefix:?}\n{queries:#?}")
}

#[test]
fn every_language_says_the_same() {
    let logs = logs();
    assert!(logs.len() >= 12, "{logs:?}");
    let english = logs.iter().find(|path| path.ends_with("language-en.log")).unwrap();
    let english = says(&analyze(std::fs::read(english).unwrap()));
    for path in logs {
        let said = says(&analyze(std::fs::read(&path).unwrap()));
        assert_eq!(said, english, "{}", path.display());
    }
}

/// A server may be told to speak another language while it runs.
#[test]
fn a_log_may_change_its_language() {
    let all: Vec<u8> = logs().iter().flat_map(|path| std::fs::read(path).unwrap()).collect();
    let one = analyze(std::fs::read(&logs()[0]).unwrap());
    let analysis = analyze(all);
    let of = |analysis: &Analysis| {
        let totals = analysis.digest.totals();
        [totals.executions, totals.errors, totals.killed, totals.lock_waits]
    };
    let times = logs().len() as u64;
    assert_eq!(of(&analysis), of(&one).map(|figure| figure * times));
    assert_eq!(analysis.completeness.unrecognised_bytes, 0);
}
