//! Files that change while they are read, or cannot be read: what was read counts, and it is told.

use std::io::{self, Read, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use slowlog::{Analysis, Analyzer, Source};

use crate::wrap::{Files, executions, log, problems};

/// Analyzes a file, and changes it once some of it was read.
fn changed(text: &str, change: impl Fn(&std::path::Path) + Send + Sync + 'static) -> Analysis {
    let files = Files::new(&[("pg.log", text.as_bytes())]);
    let path = files.path().join("pg.log");
    let done = AtomicBool::new(false);
    let (log, mut analyzer) = (path.clone(), Analyzer::new());
    analyzer.threads(1).block_bytes(1000).on_progress(move |_| {
        if !done.swap(true, Ordering::Relaxed) {
            change(&log);
        }
    });
    analyzer.analyze(vec![Source::file(&path)]).unwrap()
}

/// F15: rotation gives the name to another file; the one that was opened is read to its end.
#[cfg(unix)]
#[test]
fn renamed_while_it_is_read() {
    let text = log(7, 0, 2000);
    let analysis = changed(&text, |path| {
        std::fs::rename(path, path.with_extension("1")).unwrap();
        std::fs::write(path, "something else\n").unwrap();
    });
    assert_eq!((executions(&analysis), problems(&analysis).len()), (2000, 0));
}

/// The same before it is read and behind the look at its beginning: with another file first.
#[cfg(unix)]
#[test]
fn renamed_before_its_turn() {
    let files = Files::new(&[
        ("a.log", log(7, 0, 2000).as_bytes()),
        ("b.log", log(7, 3000, 50).as_bytes()),
    ]);
    let [a, b] = ["a.log", "b.log"].map(|name| files.path().join(name));
    let (second, mut analyzer) = (b.clone(), Analyzer::new());
    analyzer.threads(1).block_bytes(1000).on_progress(move |_| {
        let _ = std::fs::rename(&second, second.with_extension("1"));
    });
    let analysis = analyzer.analyze(vec![Source::file(a), Source::file(b)]).unwrap();
    assert_eq!(executions(&analysis), 2050);
}

/// F16: copytruncate.
#[test]
fn truncated_while_it_is_read() {
    let text = log(7, 0, 20_000);
    let len = text.len() as u64;
    let analysis = changed(&text, move |path| {
        let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        file.set_len(len / 2).unwrap();
    });
    assert_eq!(problems(&analysis).last(), Some(&"unreadable"));
    assert!(!analysis.is_complete(false));
    let problem = analysis.inputs[0].problems.iter().find(|p| p.kind.is_loss()).unwrap();
    assert_eq!(problem.detail, "it was truncated while it was read");
    assert_eq!(problem.first.unwrap().byte, len / 2);
    assert!((9000..11_000).contains(&executions(&analysis)), "{}", executions(&analysis));
}

/// F17: what comes after the file was opened is of the next run.
#[test]
fn grows_while_it_is_read() {
    let text = log(7, 0, 2000);
    let analysis = changed(&text, |path| {
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(log(7, 2000, 500).as_bytes()).unwrap();
    });
    assert_eq!((executions(&analysis), problems(&analysis).len()), (2000, 0));
    assert!(analysis.is_complete(true));
}

/// F18: gives a few bytes at a time, is interrupted in between, and fails in the end.
struct Shaky {
    text: io::Cursor<Vec<u8>>,
    reads: u32,
}

impl Read for Shaky {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        if self.reads.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let len = into.len().min(1000);
        match self.text.read(&mut into[..len])? {
            0 => Err(io::Error::other("Input/output error")),
            read => Ok(read),
        }
    }
}

#[test]
fn interrupted_short_and_failing_reads() {
    let text = log(7, 0, 3000);
    let shaky = Shaky { text: io::Cursor::new(text.clone().into_bytes()), reads: 0 };
    let analysis = Analyzer::new().analyze(vec![Source::reader("shaky", shaky)]).unwrap();
    assert_eq!(executions(&analysis), 3000);
    assert_eq!(problems(&analysis), ["unreadable"]);
    let problem = &analysis.inputs[0].problems[0];
    assert_eq!(problem.detail, "Input/output error");
    assert_eq!(problem.first.unwrap().byte, text.len() as u64);
    assert!(!analysis.is_complete(false));
}

/// F14: a link to the directory above, and a name that is no UTF-8.
#[cfg(unix)]
#[test]
fn links_in_a_circle_and_names_of_bytes() {
    use std::os::unix::ffi::OsStrExt as _;
    let files = Files::new(&[]);
    let inner = files.path().join("a/b");
    std::fs::create_dir_all(&inner).unwrap();
    std::fs::write(inner.join(std::ffi::OsStr::from_bytes(b"pg\xff.log")), log(7, 0, 10)).unwrap();
    std::os::unix::fs::symlink("../..", inner.join("up")).unwrap();
    std::os::unix::fs::symlink("self", inner.join("self")).unwrap();
    let sources = slowlog::expand(&[files.path()], true).unwrap();
    let analysis = Analyzer::new().analyze(sources).unwrap();
    assert_eq!(executions(&analysis), 10);
    assert_eq!(analysis.inputs.len(), 1);
}

/// F13: a socket cannot be opened, and the others are read.
#[cfg(unix)]
#[test]
fn a_socket_among_files() {
    let files = Files::new(&[("pg.log", log(7, 0, 10).as_bytes())]);
    let socket = files.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let sources = vec![Source::file(files.path().join("pg.log")), Source::file(socket)];
    let analysis = Analyzer::new().analyze(sources).unwrap();
    assert_eq!(executions(&analysis), 10);
    assert_eq!(problems(&analysis), ["unreadable"]);
    assert!(!analysis.is_complete(false));
}

/// F14: more files than may be open at once, as a pattern names them.
#[test]
fn more_files_than_are_kept_open() {
    let files = Files::new(&[]);
    for number in 0..400 {
        std::fs::write(files.path().join(format!("{number:03}.log")), log(7, number * 10, 5))
            .unwrap();
    }
    let sources = slowlog::expand(&[files.path().join("*.log")], false).unwrap();
    let analysis = Analyzer::new().analyze(sources).unwrap();
    assert_eq!(executions(&analysis), 2000);
}
