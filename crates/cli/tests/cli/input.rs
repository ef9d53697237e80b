//! What may come in.

use crate::run::{Run, Sandbox, log, run_in, run_with, testdata};

fn executions(run: &Run) -> u64 {
    assert_eq!(run.code, Some(0), "{}", run.messages());
    run.json()["totals"]["executions"].as_u64().unwrap()
}

/// Every byte is in one of the four accounts.
fn is_accounted(run: &Run) {
    let completeness = &run.json()["completeness"];
    let bytes = |name: &str| completeness[name].as_u64().unwrap();
    let parts = ["parsed_bytes", "ignored_bytes", "unrecognised_bytes", "damaged_bytes"];
    assert_eq!(bytes("bytes"), parts.iter().map(|name| bytes(name)).sum::<u64>());
}

#[test]
fn standard_input() {
    let whole = log(10);
    for (how, input) in [("whole", whole.as_str()), ("last line unfinished", whole.trim_end())] {
        for arguments in [
            &["--format", "json"][..],
            &["--format", "json", "-"],
            &["analyze", "--format", "json"],
        ] {
            let run = run_with(arguments, input.as_bytes());
            assert_eq!(executions(&run), 10, "{how}, {arguments:?}");
            assert_eq!(run.json()["inputs"][0]["name"], "-");
            is_accounted(&run);
        }
    }
    let run = run_with(&[] as &[&str], whole.as_bytes());
    assert!(run.text().contains("10 executions"), "{}", run.text());
}

#[test]
fn standard_input_may_be_compressed() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, log(10).as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let run = run_with(&["--format", "json"], &packed);
    assert_eq!(executions(&run), 10);
    let input = &run.json()["inputs"][0];
    assert_eq!(input["compression"], "gzip");
    assert_eq!(input["bytes"], packed.len());
    assert_eq!(input["decompressed_bytes"], log(10).len());
    is_accounted(&run);
}

#[test]
fn an_archive_in_a_pipe_is_refused() {
    let run = run_with(&["--format", "json"], b"PK\x03\x04 and so on");
    assert_eq!(run.code, Some(4));
    let problem = &run.json()["inputs"][0]["problems"][0];
    assert_eq!(
        (&problem["kind"], &problem["reason"]),
        (&"not_opened".into(), &"zip from a pipe".into())
    );
    assert!(run.messages().contains("warning: -: zip from a pipe, not opened"));
}

#[test]
fn windows_line_ends_and_blank_lines() {
    let run = run_with(&["--format", "json"], log(10).replace('\n', "\r\n").as_bytes());
    assert_eq!(executions(&run), 10);
    let run = run_with(&["--format", "json"], log(10).replace('\n', "\n\n").as_bytes());
    assert_eq!(executions(&run), 10);
    assert_eq!(run.json()["completeness"]["ignored_bytes"], 10);
    is_accounted(&run);
}

#[test]
fn bytes_that_are_no_text() {
    let mut input = log(50).into_bytes();
    for statement in
        [&b"SELECT 'a\0b', \xff\xfe FROM t"[..], b"\0\0\0", b"SELECT \"\xc3(\" FROM \xed\xa0\x80"]
    {
        input.extend_from_slice(
            b"2026-03-01 10:30:00.123 UTC [7] bob@shop LOG:  duration: 1.000 ms  statement: ",
        );
        input.extend_from_slice(statement);
        input.push(b'\n');
    }
    let run = run_with(&["--format", "json"], &input);
    assert_eq!(executions(&run), 53);
    is_accounted(&run);
    let text = run_with(&[] as &[&str], &input);
    assert!(!text.text().contains('\0'));

    // A block of NUL bytes, as a crash of the machine leaves it, hides one line and not the log.
    let mut input = log(50).into_bytes();
    input.extend_from_slice(&[0; 100]);
    input.extend_from_slice(b"\n");
    input.extend_from_slice(log(50).as_bytes());
    let run = run_with(&["--format", "json"], &input);
    assert_eq!(executions(&run), 100);
    assert_eq!(run.json()["completeness"]["unrecognised_bytes"], 101);
    is_accounted(&run);
}

#[test]
fn nothing_but_noise() {
    let mut state = 1u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    })
    .take(300_000)
    .collect();
    let run = run_with(&["--format", "json"], &noise);
    assert_eq!(run.code, Some(4));
    is_accounted(&run);
    let sqlite = [b"SQLite format 3\0".as_slice(), &noise].concat();
    let messages = run_with(&["--format", "json"], &sqlite).messages();
    assert!(messages.contains("it looks like an SQLite database; it begins with"), "{messages}");
    assert!(run_with(&["fingerprint"], &noise).code == Some(0));
}

#[test]
fn any_cut_of_a_log_is_read() {
    let whole = std::fs::read(testdata().join("debian-prefix.log")).unwrap();
    let sandbox = Sandbox::new();
    for end in (0..whole.len()).step_by(997) {
        sandbox.file("cut.log", &whole[..end]);
        let run = sandbox.run(&["--format", "json", "cut.log"]);
        assert!(matches!(run.code, Some(0 | 4)), "cut at {end}: {}", run.messages());
        is_accounted(&run);
    }
}

#[test]
fn the_same_file_twice_counts_once() {
    let sandbox = Sandbox::new();
    sandbox.file("a.log", log(10)).file("copy.log", log(10)).file("b.log", log(11));
    for arguments in
        [["--format", "json", "a.log", "a.log"], ["--format", "json", "a.log", "copy.log"]]
    {
        let run = sandbox.run(&arguments);
        assert_eq!(executions(&run), 10);
        assert_eq!(run.json()["inputs"][1]["duplicate_of"], "a.log");
        is_accounted(&run);
    }
    // One goes on where the other ends.
    assert_eq!(executions(&sandbox.run(&["--format", "json", "a.log", "b.log"])), 11);
    let text = sandbox.run(&["a.log", "copy.log"]).text();
    assert!(text.contains("copy.log: the same content as a.log, counted once"), "{text}");
}

#[test]
fn rotation_cuts_anywhere() {
    let whole = log(100);
    for cut in [1000, 1001, 1040, 5000] {
        let sandbox = Sandbox::new();
        sandbox.file("pg.log.1", &whole[..cut]).file("pg.log", &whole[cut..]);
        // In any order, since they are put in the order of time.
        let run = sandbox.run(&["--format", "json", "pg.log", "pg.log.1"]);
        assert_eq!(executions(&run), 100, "cut at {cut}");
        is_accounted(&run);
    }
}

#[test]
fn directories() {
    let sandbox = Sandbox::new();
    sandbox
        .file("logs/1.log", log(10))
        .file("logs/2.log", log(20).replace("[7]", "[8]"))
        .file("logs/notes.txt", "no log\n")
        .file("logs/old/3.log", log(30).replace("[7]", "[9]"));
    assert_eq!(executions(&sandbox.run(&["--format", "json", "logs"])), 30);
    assert_eq!(executions(&sandbox.run(&["--format", "json", "-r", "logs"])), 60);
    assert_eq!(executions(&sandbox.run(&["--format", "json", "logs/*.log"])), 30);
}

/// What was recorded is counted, and what only looks like it is not.
#[test]
fn the_recorded_directory_is_the_sum_of_its_logs() {
    let mut recorded = 0;
    for entry in testdata().read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".truth.json") {
            let truth: serde_json::Value =
                serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            recorded += truth["totals"]["executions"].as_u64().unwrap();
        }
    }
    let run = run_in(&testdata(), &["--format", "json", "."]);
    assert_eq!(run.json()["totals"]["executions"], recorded);
}

/// A file that quotes a log is no log: that a few of its lines could be entries is not enough.
#[test]
fn a_quoted_log_is_no_log() {
    let run = run_in(&testdata(), &["--format", "json", "forged.truth.json"]);
    assert_eq!(run.code, Some(4), "{}", run.messages());
    assert!(run.json()["inputs"][0].get("format").is_none());
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    sandbox.file("pg.log", log(10));
    // It opens and cannot be read from, whoever asks.
    let run = sandbox.run(&["--format", "json", "pg.log", "/proc/self/mem"]);
    assert_eq!(run.code, Some(3));
    assert_eq!(run.json()["inputs"][1]["problems"][0]["kind"], "unreadable");
    assert_eq!(run.json()["totals"]["executions"], 10);
    assert_eq!(sandbox.run(&["/proc/self/mem"]).code, Some(4));
    // A file without rights, unless the tests run as root.
    sandbox.file("secret.log", log(10));
    let secret = sandbox.path().join("secret.log");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o0)).unwrap();
    if std::fs::File::open(&secret).is_err() {
        let run = sandbox.run(&["pg.log", "secret.log"]);
        assert_eq!(run.code, Some(3));
        assert!(run.messages().contains("secret.log: Permission denied"), "{}", run.messages());
    }
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_a_file_like_any_other() {
    let sandbox = Sandbox::new();
    let status = std::process::Command::new("mkfifo").arg(sandbox.path().join("pipe")).status();
    // Without the program there is no pipe to test with.
    if !status.is_ok_and(|status| status.success()) {
        return;
    }
    let path = sandbox.path().join("pipe");
    let writer = std::thread::spawn(move || std::fs::write(path, log(10)));
    assert_eq!(executions(&sandbox.run(&["--format", "json", "pipe"])), 10);
    writer.join().unwrap().unwrap();
}
