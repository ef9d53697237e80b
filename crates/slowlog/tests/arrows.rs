//! Who may use whom: the arrows of docs/DESIGN.md, held against the manifests.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Each crate with the crates of this workspace that it may use.
const ARROWS: [(&str, &[&str]); 9] = [
    ("slowlog-event", &[]),
    ("slowlog-lex", &["slowlog-event"]),
    ("slowlog-parse", &["slowlog-event", "slowlog-lex"]),
    ("slowlog-normalize", &["slowlog-event", "slowlog-lex"]),
    ("slowlog-digest", &["slowlog-event", "slowlog-lex", "slowlog-normalize"]),
    ("slowlog-advise", &["slowlog-digest", "slowlog-event", "slowlog-lex", "slowlog-normalize"]),
    ("slowlog-report", &["slowlog-advise", "slowlog-digest", "slowlog-event", "slowlog-normalize"]),
    (
        "slowlog",
        &[
            "slowlog-advise",
            "slowlog-digest",
            "slowlog-event",
            "slowlog-normalize",
            "slowlog-parse",
        ],
    ),
    (
        "slowlog-cli",
        &["slowlog", "slowlog-event", "slowlog-lex", "slowlog-normalize", "slowlog-report"],
    ),
];

/// Crates that start threads or read files: only these may.
const THREADS: (&str, &[&str]) = ("rayon", &["slowlog"]);

#[test]
fn dependencies_point_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let mut seen = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let used = package["dependencies"].as_array().unwrap().iter();
        // What tests use is their own affair.
        let used: Vec<_> = used
            .filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| dependency["name"].as_str().unwrap())
            .collect();
        assert!(!used.contains(&THREADS.0) || THREADS.1.contains(&name), "{name} starts threads");
        let Some(allowed) = allowed.get(name) else {
            assert_eq!(name, "xtask", "{name} has no arrows");
            continue;
        };
        for dependency in used.into_iter().filter(|dependency| dependency.starts_with("slowlog")) {
            assert!(allowed.contains(&dependency), "{name} must not use {dependency}");
        }
        seen += 1;
    }
    assert_eq!(seen, ARROWS.len());
}
