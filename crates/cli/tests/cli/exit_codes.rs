//! What the exit code says, and that the report's `status` and `complete` say the same.

use crate::run::{Run, Sandbox, log, run_with};

/// Runs once for each format: the code does not depend on it. Returns the run with JSON.
fn both(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let text = sandbox.run(arguments);
    let json = sandbox.run(&[&["--format", "json"], arguments].concat());
    assert_eq!(text.code, json.code, "{arguments:?}");
    json
}

/// Exit 3 goes with an incomplete report and only with it, unless a worse code hides it.
fn check(sandbox: &Sandbox, arguments: &[&str], code: i32, status: &[&str]) {
    let run = both(sandbox, arguments);
    assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.messages());
    let report = run.json();
    assert_eq!(report["status"], serde_json::json!(status), "{arguments:?}");
    assert_eq!(
        report["completeness"]["complete"],
        serde_json::json!(!status.contains(&"input_damaged")),
        "{arguments:?}"
    );
}

#[test]
fn complete_and_damaged_and_nothing() {
    let sandbox = Sandbox::new();
    let foreign = "not a line of PostgreSQL\n";
    sandbox
        .file("ok.log", log(30))
        .file("empty.log", "")
        .file("blank.log", "\n \n\n")
        .file("garbage.txt", "hello\nworld\n")
        .file("banner.log", BANNER)
        .file("rest.log", "\tFROM t\n\tWHERE id = 1\n")
        .file("few.log", format!("{}{foreign}{}", log(20), log(20)))
        .file("many.log", format!("{}{}{}", log(20), foreign.repeat(20), log(20)));
    std::fs::create_dir(sandbox.path().join("nothing")).unwrap();
    let (complete, damaged, nothing) = ("complete", "input_damaged", "nothing_analysable");
    for (arguments, code, status) in [
        (&["ok.log"][..], 0, &[complete][..]),
        (&["--strict", "ok.log"], 0, &[complete]),
        (&["ok.log", "empty.log"], 0, &[complete]),
        // Under and over 5 % of the bytes.
        (&["few.log"], 0, &[complete]),
        (&["--strict", "few.log"], 3, &[damaged]),
        (&["many.log"], 3, &[damaged]),
        (&["ok.log", "missing.log"], 3, &[damaged]),
        (&["ok.log", "garbage.txt"], 3, &[damaged]),
        (&["ok.log", "none-*.log"], 3, &[damaged]),
        (&["empty.log"], 4, &[nothing]),
        (&["blank.log"], 4, &[nothing]),
        (&["nothing"], 4, &[nothing]),
        // A banner is no entry, and the rest of a statement is none.
        (&["banner.log"], 4, &[nothing]),
        (&["--allow-empty", "banner.log"], 0, &[complete]),
        (&["ok.log", "banner.log"], 0, &[complete]),
        (&["rest.log"], 4, &[nothing, damaged]),
        (&["--allow-empty", "empty.log"], 0, &[complete]),
        (&["--allow-empty", "nothing"], 0, &[complete]),
        (&["garbage.txt"], 4, &[nothing, damaged]),
        (&["missing.log"], 4, &[nothing, damaged]),
        (&["--line-prefix", "%t <%u> ", "ok.log"], 4, &[nothing, damaged]),
        // Nothing to analyse may be; a file that is not there may not.
        (&["--allow-empty", "missing.log"], 3, &[damaged]),
    ] {
        check(&sandbox, arguments, code, status);
    }
}

const BANNER: &str = "/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\n\
     Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\n\
     Time                 Id Command    Argument\n";

#[test]
fn usage() {
    let sandbox = Sandbox::new();
    sandbox.file("ok.log", log(3));
    for arguments in [
        &["--line-prefix", "%z ", "ok.log"][..],
        &["--line-prefix", "%m %", "ok.log"],
        &["--format", "html", "ok.log"],
        &["--no-such-option", "ok.log"],
        &["-j", "many", "ok.log"],
        &["-q", "-v", "ok.log"],
        &["a[.log"],
        &["fingerprint", "ok.log"],
    ] {
        let run = sandbox.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert_eq!(run.text(), "", "{arguments:?}");
        assert!(run.messages().starts_with("error: "), "{arguments:?}");
    }
    let run = run_with(&["fingerprint", "--format", "jsonl"], b"{\"sql\": \"SELECT 1\"}\n{\n");
    assert_eq!(run.code, Some(2));
    assert!(run.messages().contains("line 2 of standard input"), "{}", run.messages());
}

/// An error of ours tells what to do next.
#[test]
fn errors_end_in_a_hint() {
    let sandbox = Sandbox::new();
    sandbox.file("ok.log", log(3)).file("garbage.txt", "hello\n");
    for arguments in [
        &["--line-prefix", "%z ", "ok.log"][..],
        &["--line-prefix", "%m %", "ok.log"],
        &["--line-prefix", "%t <%u> ", "ok.log"],
        &["a[.log"],
        &["-o", "none/report.txt", "ok.log"],
        &["garbage.txt"],
    ] {
        let messages = sandbox.run(arguments).messages();
        assert!(messages.contains("hint: "), "{arguments:?}: {messages}");
    }
}

/// Rotation and a live server cut entries: that is no damage, and the report says so.
#[test]
fn a_cut_entry_at_either_end_is_no_loss() {
    let whole = log(5);
    let sandbox = Sandbox::new();
    sandbox
        .file("head.log", &whole[40..])
        .file("tail.log", &whole[..whole.len() - 10])
        .file("live.log", whole.trim_end());
    for (name, executions) in [("head.log", 4), ("tail.log", 5), ("live.log", 5)] {
        let run = both(&sandbox, &[name]);
        assert_eq!(run.code, Some(0), "{name}: {}", run.messages());
        assert_eq!(run.json()["totals"]["executions"], executions, "{name}");
    }
}
