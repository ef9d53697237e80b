//! Running slowlog.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Run {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("stdout is UTF-8")
    }

    pub(crate) fn messages(&self) -> String {
        String::from_utf8(self.stderr.clone()).expect("stderr is UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).expect("stdout is JSON")
    }
}

/// The binary, without what the environment may say to it.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slowlog"));
    command.env_remove("SLOWLOG_LINE_PREFIX").env_remove("CLICOLOR_FORCE");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs slowlog in `directory` with nothing on standard input.
pub(crate) fn run_in<S: AsRef<OsStr>>(directory: &Path, arguments: &[S]) -> Run {
    let output = command().args(arguments).current_dir(directory).output().unwrap();
    Run { code: output.status.code(), stdout: output.stdout, stderr: output.stderr }
}

/// Runs slowlog with `input` on standard input.
pub(crate) fn run_with<S: AsRef<OsStr>>(arguments: &[S], input: &[u8]) -> Run {
    let mut child = command().args(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The pipe may be full before slowlog has said all that it has to say.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run { code: output.status.code(), stdout: output.stdout, stderr: output.stderr }
}

/// A directory of its own for a test.
pub(crate) struct Sandbox(tempfile::TempDir);

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Run {
        run_in(self.path(), arguments)
    }
}

/// A log of `entries` executions of one millisecond each, one a second.
pub(crate) fn log(entries: u32) -> String {
    let mut log = String::new();
    for entry in 0..entries {
        let (hour, minute, second) = (10 + entry / 3600, entry / 60 % 60, entry % 60);
        writeln!(
            log,
            "2026-03-01 {hour:02}:{minute:02}:{second:02}.123 UTC [7] bob@shop LOG:  duration: 1.000 ms  statement: SELECT {entry}"
        )
        .unwrap();
    }
    log
}

/// The logs of testdata/postgres.
pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/postgres")
}
