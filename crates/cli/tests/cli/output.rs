//! Where the report goes.

use std::io::Read as _;
use std::process::Stdio;

use crate::run::{Sandbox, command, log, run_with};

#[test]
fn a_file_takes_the_report() {
    let sandbox = Sandbox::new();
    sandbox.file("pg.log", log(3));
    let on_stdout = sandbox.run(&["--format", "json", "pg.log"]);
    let to_file = sandbox.run(&["--format", "json", "-o", "report.json", "pg.log"]);
    assert_eq!((to_file.code, to_file.text().as_str()), (Some(0), ""));
    assert_eq!(std::fs::read(sandbox.path().join("report.json")).unwrap(), on_stdout.stdout);
    // Nothing else is left behind.
    let mut names: Vec<_> =
        sandbox.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["pg.log", "report.json"]);
}

#[test]
fn a_file_has_no_colours() {
    let sandbox = Sandbox::new();
    sandbox.file("pg.log", log(3));
    sandbox.run(&["--color", "always", "-o", "report.txt", "pg.log"]);
    let report = std::fs::read(sandbox.path().join("report.txt")).unwrap();
    assert!(!report.is_empty() && !report.contains(&0x1b));
}

#[test]
fn what_cannot_be_written_ends_with_6() {
    let sandbox = Sandbox::new();
    sandbox.file("pg.log", log(3)).file("directory/kept", "");
    for place in ["none/report.txt", "directory"] {
        let run = sandbox.run(&["-o", place, "pg.log"]);
        assert_eq!((run.code, run.text().as_str()), (Some(6), ""), "{place}");
        // The user named this file and no other.
        let messages = run.messages();
        assert!(
            messages.starts_with(&format!("error: {place} could not be written: ")),
            "{messages}"
        );
        assert!(!messages.contains(".slowlog-"), "{messages}");
    }
    // Input that was lost is the lesser trouble.
    assert_eq!(sandbox.run(&["-o", "none/report.txt", "missing.log"]).code, Some(6));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_ends_with_6() {
    let sandbox = Sandbox::new();
    sandbox.file("pg.log", log(3));
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    assert_eq!(sandbox.run(&["-o", "/dev/full", "pg.log"]).code, Some(6));
    let mut analyze = command();
    analyze.arg("pg.log").current_dir(sandbox.path()).stdout(full());
    assert_eq!(analyze.output().unwrap().status.code(), Some(6));
    sandbox.file("one.sql", "SELECT 1");
    let mut fingerprint = command();
    let sql = std::fs::File::open(sandbox.path().join("one.sql")).unwrap();
    fingerprint.arg("fingerprint").stdin(sql).stdout(full());
    assert_eq!(fingerprint.output().unwrap().status.code(), Some(6), "fingerprint");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    use std::fmt::Write as _;
    let sandbox = Sandbox::new();
    // More than a pipe holds, whatever the format.
    let (mut log, mut statements) = (String::new(), String::new());
    for number in 0..6000 {
        let sql =
            format!("SELECT a{number}, {} FROM t{number}", "column_of_some_length, ".repeat(8));
        writeln!(
            log,
            "2026-03-01 10:00:00.123 UTC [7] bob@shop LOG:  duration: 1.000 ms  statement: {sql} x"
        )
        .unwrap();
        writeln!(statements, "{sql};").unwrap();
    }
    sandbox.file("pg.log", log).file("statements.sql", statements);
    for arguments in
        [&["--format", "json", "pg.log"][..], &["--top", "6000", "pg.log"], &["fingerprint"]]
    {
        let sql = std::fs::File::open(sandbox.path().join("statements.sql")).unwrap();
        let mut child = command()
            .args(arguments)
            .current_dir(sandbox.path())
            .stdin(Stdio::from(sql))
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 10]).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn quiet_is_quiet_and_the_report_is_alone_on_stdout() {
    let sandbox = Sandbox::new();
    sandbox.file("pg.log", format!("{}foreign\n", log(30)));
    let run = sandbox.run(&["-q", "pg.log", "missing.log"]);
    assert_eq!((run.code, run.messages().as_str()), (Some(3), ""));
    let loud = sandbox.run(&["-v", "pg.log", "missing.log"]);
    assert_eq!(run.stdout, loud.stdout);
    assert!(loud.messages().contains("missing.log"));
}

#[test]
fn threads_change_nothing() {
    let sandbox = Sandbox::new();
    sandbox.file("pg.log", log(3000));
    let one = sandbox.run(&["-j", "1", "--format", "json", "--detail", "full", "pg.log"]);
    let four = sandbox.run(&["-j", "4", "--format", "json", "--detail", "full", "pg.log"]);
    assert_eq!(one.text(), four.text());
}

#[test]
fn fingerprints_of_a_pipe() {
    let run = run_with(&["fingerprint"], b"SELECT 1; -- one\n\nSELECT  'a;b'\n");
    assert_eq!(run.code, Some(0));
    let lines: Vec<String> = run.text().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], lines[1]);
    let (id, text) = lines[0].split_once('\t').unwrap();
    assert_eq!((id.len(), text), (16, "select ?"));

    let run = run_with(&["fingerprint", "--format", "jsonl"], b"{\"sql\": \"SELECT 'x'\"}\n");
    assert_eq!(run.text(), format!("{{\"id\":\"{id}\",\"text\":\"select ?\"}}\n"));
    let nothing = run_with(&["fingerprint"], b"");
    assert_eq!((nothing.code, nothing.text().as_str()), (Some(0), ""));
}
