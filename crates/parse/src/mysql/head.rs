//! Where entries begin.

use memchr::{memchr, memmem, memrchr};

use super::account::account_and_client;
use super::fields::header_fields;
use super::stamp::has_clock;
use crate::lines::Lines;

/// What begins at the start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Neither of the following.
    Nothing,
    /// An entry: lines of the known forms, the last of which is a numeric `Query_time`.
    Entry,
    /// What a server writes as it opens the log.
    Banner,
    /// So far one of the two, but the bytes end before that is certain.
    Cut,
}

/// `Query_time` stands among the first lines of a header: the longest, TiDB's, has ten before it.
/// The bounds keep the work linear where each line may be the first of a header.
pub(super) const MAX_LINES: usize = 16;
pub(super) const MAX_BYTES: usize = 64 << 10;

const TIME: &[u8] = b"# Time:";
const USER: &[u8] = b"# User@Host:";
const QUERY_TIME: &[u8] = b"# Query_time: ";

/// What begins at `at`, the start of a line.
#[inline]
pub(super) fn start_at(block: &[u8], at: usize) -> Start {
    match block.get(at..) {
        Some(rest @ [b'#', ..]) => entry_start(rest),
        Some(rest @ [first, ..]) if !first.is_ascii_whitespace() => match banner_len(rest) {
            Some(0) => Start::Cut,
            Some(_) => Start::Banner,
            None => Start::Nothing,
        },
        _ => Start::Nothing,
    }
}

/// Does a finished statement stand before the line that begins at `at`? The server ends each with
/// `;` and a line end; blank lines between entries come from those who put logs together.
#[inline]
pub(super) fn follows_statement(block: &[u8], at: usize) -> bool {
    let before = &block[..at];
    match before {
        [.., b';', b'\n'] => true,
        [.., last, b'\n'] if !last.is_ascii_whitespace() => false,
        [.., b'\n'] => before.trim_ascii_end().ends_with(b";"),
        _ => false,
    }
}

fn entry_start(rest: &[u8]) -> Start {
    let window = &rest[..rest.len().min(MAX_BYTES)];
    let mut at = 0;
    for _ in 0..MAX_LINES {
        if at == rest.len() {
            return Start::Cut;
        }
        if window.get(at) != Some(&b'#') {
            return Start::Nothing;
        }
        let Some(length) = memchr(b'\n', &window[at..]) else {
            let may_go_on = window.len() == rest.len() && (at > 0 || may_become_head(rest));
            return if may_go_on { Start::Cut } else { Start::Nothing };
        };
        let line = window[at..at + length].trim_ascii_end();
        if let Some(value) = line.strip_prefix(QUERY_TIME) {
            return if is_query_time(value) { Start::Entry } else { Start::Nothing };
        }
        if !is_head_line(line) {
            return Start::Nothing;
        }
        at += length + 1;
    }
    Start::Nothing
}

/// Is it a line that may stand before `Query_time`?
fn is_head_line(line: &[u8]) -> bool {
    // No line of a header ends so, but a line of a statement that reads like one may.
    if line.ends_with(b";") {
        return false;
    }
    if let Some(value) = line.strip_prefix(TIME) {
        let (time, user) = split_time(value);
        return (time.is_empty() || has_clock(time)) && user.is_none_or(is_user);
    }
    if let Some(value) = line.strip_prefix(USER) {
        return is_user(value);
    }
    line.starts_with(b"# ") && header_fields(line).next().is_some()
}

/// Servers before 5.1 write `# User@Host` on the line of `# Time`.
#[inline]
pub(super) fn split_time(value: &[u8]) -> (&[u8], Option<&[u8]>) {
    if let Some(at) = memchr(b'#', value)
        && let Some(user) = value[at..].strip_prefix(USER)
    {
        return (value[..at].trim_ascii(), Some(user));
    }
    (value.trim_ascii(), None)
}

/// Is it `account[login] @ host [address]` with or without more, or nothing?
fn is_user(value: &[u8]) -> bool {
    account_and_client(value).is_some() || value.trim_ascii().is_empty()
}

/// A number, or what the server printed for one that overflowed: `18446744073708.796870.000036`.
fn is_query_time(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    value.first().is_some_and(u8::is_ascii_digit)
        && value.get(digits).is_none_or(u8::is_ascii_whitespace)
}

/// Could a line without its end become the first of a header?
fn may_become_head(line: &[u8]) -> bool {
    [b"# Time: ", b"# User@Host: ".as_slice(), QUERY_TIME]
        .iter()
        .any(|head| line.starts_with(head) || head.starts_with(line))
}

/// Could the line be the first of a banner?
#[inline]
pub(super) fn may_begin_banner(line: &[u8]) -> bool {
    line.trim_ascii_end().ends_with(b"started with:")
}

/// The length of the three lines that a server writes as it opens the log, if they begin here; 0
/// if the bytes end before that is certain.
///
/// ```text
/// /usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
/// Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
/// Time                 Id Command    Argument
/// ```
pub(super) fn banner_len(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(b"#") {
        return None;
    }
    let mut lines = Lines::new(rest).map(|(start, end)| (&rest[start..end], end));
    let (first, end) = lines.next()?;
    if !may_begin_banner(first) || memmem::find(first, VERSION).is_none() {
        return None;
    }
    if end == rest.len() {
        return Some(0);
    }
    let (second, end) = lines.next()?;
    let is_second = [b"Tcp port: ", b"TCP Port: "]
        .iter()
        .any(|word| second.starts_with(*word) || (end == rest.len() && word.starts_with(second)));
    if !is_second {
        return None;
    }
    // Newer MariaDB has TABs between the words.
    let Some((third, end)) = lines.next() else { return Some(0) };
    if third.starts_with(b"Time") && third.trim_ascii_end().ends_with(b"Argument") {
        return Some(end);
    }
    (end == rest.len() && !third.ends_with(b"\n")).then_some(0)
}

pub(super) const VERSION: &[u8] = b", Version: ";

/// The offset of the first entry, or the first banner of a server, that begins a line of `block`.
pub(crate) fn first_slow_entry(block: &[u8]) -> Option<usize> {
    Lines::new(block)
        .map(|(start, _)| start)
        .find(|start| matches!(start_at(block, *start), Start::Entry | Start::Banner))
}

/// The offset of the last entry or banner of `block` that follows a finished statement: a place
/// where the log can be cut.
///
/// The lines of the entry up to `Query_time` must be in the block. It may still be text inside a
/// literal: then [`Account::open_from`](crate::Account::open_from) tells so.
pub(crate) fn last_slow_entry(block: &[u8]) -> Option<usize> {
    let mut end = block.len();
    loop {
        let start = memrchr(b'\n', &block[..end])? + 1;
        if begins_block(block, start) {
            return Some(start);
        }
        end = start - 1;
    }
}

/// Does an entry or banner begin here that follows a finished statement?
#[inline]
fn begins_block(block: &[u8], start: usize) -> bool {
    block.get(start).is_some_and(|byte| !byte.is_ascii_whitespace())
        && follows_statement(block, start)
        && matches!(start_at(block, start), Start::Entry | Start::Banner)
}
