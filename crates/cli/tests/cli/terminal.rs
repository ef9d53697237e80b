//! Text of strangers never steers the terminal.

use crate::run::{Run, Sandbox, run_with};

/// What a log may hold to deceive a reader: escape sequences, other control characters, bytes of
/// the 8-bit control set, bidirectional overrides, characters without width.
const HOSTILE: &[u8] =
    b"\x1b[31m\x1b]0;title\x07\x1b]8;;http://x\x1b\\ \x08\x08\x7f\r\x0b\x0c \xc2\x9b31m \x9b31m \
    \xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf\xe2\x80\xa8 \xff\xc0\x80";

fn hostile_log() -> Vec<u8> {
    let mut log = Vec::new();
    let mut line = |parts: &[&[u8]]| {
        for part in parts {
            log.extend_from_slice(part);
        }
        log.push(b'\n');
    };
    for second in 0..30 {
        let stamp = format!("2026-03-01 10:00:{second:02}.123 UTC [7] ");
        let (head, tail) = (stamp.as_bytes(), &b"LOG:  duration: 1.000 ms  statement: SELECT"[..]);
        line(&[head, b"bob@shop/psql ", tail, b" 1"]);
        line(&[head, b"b", HOSTILE, b"b@shop/psql ", tail, b" 1"]);
        line(&[head, b"bob@s", HOSTILE, b"p/psql ", tail, b" 1"]);
        line(&[head, b"bob@shop/p", HOSTILE, b"l ", tail, b" 1"]);
        line(&[head, b"bob@shop/psql ", tail, b" \"", HOSTILE, b"\" FROM t", HOSTILE]);
        line(&[head, b"bob@shop/psql ", tail, b" '", HOSTILE, b"' /* ", HOSTILE, b" */"]);
        line(&[head, b"bob@shop/psql ERROR:  ", HOSTILE]);
        line(&[head, b"bob@shop/psql STATEMENT:  ", HOSTILE]);
    }
    line(&[b"foreign ", HOSTILE]);
    log
}

/// Nothing but text, newlines and, where they were asked for, colours.
fn is_tame(what: &str, shown: &[u8], colours: bool) {
    let text = std::str::from_utf8(shown).unwrap_or_else(|error| panic!("{what}: {error}"));
    let text = if colours { without_colours(text) } else { text.to_owned() };
    for character in text.chars() {
        let bad = (character.is_control() && character != '\n')
            || matches!(u32::from(character), 0x61c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x2069 | 0xfeff);
        assert!(!bad, "{what}: {character:?} in\n{text:?}");
    }
}

/// Leaves out `ESC [ digits m`.
fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut parts = text.split("\x1b[");
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(part.len());
        match part[end..].strip_prefix('m') {
            Some(rest) => plain.push_str(rest),
            None => plain.extend(["\x1b[", part]),
        }
    }
    plain
}

fn check(what: &str, run: &Run, colours: bool) {
    is_tame(&format!("stdout of {what}"), &run.stdout, colours);
    is_tame(&format!("stderr of {what}"), &run.stderr, false);
}

#[test]
fn texts_and_names_of_the_log() {
    let log = hostile_log();
    for (what, arguments) in [
        ("text", &["--top", "100"][..]),
        ("text, raw samples", &["--samples", "raw"]),
        ("text, verbose", &["-v"]),
        ("text, prefix given", &["--line-prefix", "%m [%p] %u@%d/%a ", "-v"]),
        ("text, wrong prefix", &["--line-prefix", "%t <%u> "]),
    ] {
        check(what, &run_with(arguments, &log), false);
    }
    let coloured = run_with(&["--color", "always"], &log);
    assert!(coloured.stdout.contains(&0x1b));
    check("text with colours", &coloured, true);
    check("garbage", &run_with(&[] as &[&str], &HOSTILE.repeat(20)), false);
}

#[test]
fn fingerprints() {
    let sql = [b"SELECT \"", HOSTILE, b"\" FROM t", HOSTILE, b"; SELECT '", HOSTILE].concat();
    let run = run_with(&["fingerprint"], &sql);
    let shown: Vec<u8> = run.stdout.iter().copied().filter(|byte| *byte != b'\t').collect();
    is_tame("fingerprint", &shown, false);
}

#[cfg(unix)]
#[test]
fn names_of_files_and_prefixes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = Sandbox::new();
    let name = [&b"pg"[..], HOSTILE, b".log"].concat();
    let name: Vec<u8> = name.into_iter().filter(|byte| *byte != b'/').collect();
    let name = OsStr::from_bytes(&name);
    sandbox.file(name, hostile_log());
    for arguments in [
        &[name][..],
        &[OsStr::new("-v"), name],
        &[name, name],
        &[name, OsStr::from_bytes(b"missing\x1b[31m")],
        &[OsStr::new(".")],
        &[OsStr::new("-o"), OsStr::from_bytes(b"none\x1b[31m/\xe2\x80\xae"), name],
        &[OsStr::new("--line-prefix"), OsStr::from_bytes(b"%m\x1b[31m %u"), name],
        &[OsStr::new("--line-prefix"), OsStr::from_bytes(b"%\x1b[31m"), name],
        &[OsStr::from_bytes(b"a[\x1b[31m")],
    ] {
        check(&format!("{arguments:?}"), &sandbox.run(arguments), false);
    }
}
