//! The examples of `examples/`, run.

use std::path::Path;

use slowlog::Source;

#[allow(dead_code, reason = "main is for those who run the example by itself")]
#[path = "../../../examples/json_report.rs"]
mod json_report;
#[allow(dead_code, reason = "main is for those who run the example by itself")]
#[path = "../../../examples/top_queries.rs"]
mod top_queries;

fn recorded(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/postgres").join(name)
}

#[test]
fn top_queries_prints_five() {
    let mut out = Vec::new();
    top_queries::top_queries(Source::file(recorded("debian-prefix.log")), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.lines().count(), 5, "{out}");
    assert!(out.lines().next().unwrap().ends_with("select count(*) from orders"), "{out}");
}

#[test]
fn top_queries_says_what_it_could_not_read() {
    let mut out = Vec::new();
    top_queries::top_queries(Source::file(recorded("missing.log")), &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().ends_with("missing.log: unreadable\n"));
}

#[test]
fn json_report_is_the_report() {
    let log = std::fs::File::open(recorded("debian-prefix.log")).unwrap();
    let mut out = Vec::new();
    json_report::json_report(Source::reader("a pipe", log), &mut out).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(report["schema"], "slowlog.report/1");
    assert_eq!(report["inputs"][0]["name"], "a pipe");
    assert_eq!(report["totals"]["executions"], 35);
    assert_eq!(report["queries"].as_array().unwrap().len(), 10);
}
