//! The texts of an entry without their literals, such that they say the same otherwise. What no
//! rule covers is left out.

mod plan;

use memchr::memmem;
use slowlog_event::{Dialect, Killed, LockStep, Severity};
use slowlog_lex::mask;

use super::body::after;
use super::language;
use super::message::{Message, killed, message};
use super::parameters::bind_parameters;
pub(super) use plan::escape;

/// What stands for a text that was left out.
const LEFT_OUT: &[u8] = b"?";

/// A text of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Message(Severity),
    Detail,
    Statement,
    /// CONTEXT, HINT, and whatever comes yet.
    Other,
}

/// Appends a text, plain and without its literals.
pub(super) fn write_masked(kind: Text, text: &[u8], out: &mut Vec<u8>) {
    match kind {
        Text::Message(Severity::Error | Severity::Fatal | Severity::Panic) => error(text, out),
        Text::Message(_) => log(text, out),
        Text::Detail => detail(text, out),
        Text::Statement => statement(text, out),
        Text::Other => out.extend_from_slice(LEFT_OUT),
    }
}

fn statement(text: &[u8], out: &mut Vec<u8>) {
    mask(text, Dialect::Postgres, out);
}

/// The message of a LOG entry.
fn log(text: &[u8], out: &mut Vec<u8>) {
    match message(text) {
        Some(Message::Statement { text: sql, .. }) => {
            let start = (sql.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            let (head, tail) = match text.split_at_checked(start) {
                Some((head, rest)) => (head, &rest[sql.len().min(rest.len())..]),
                None => (&b"statement: "[..], &b""[..]),
            };
            out.extend_from_slice(head);
            statement(sql, out);
            out.extend_from_slice(tail);
        }
        Some(Message::Duration(_)) => out.extend_from_slice(text.trim_ascii_end()),
        Some(Message::Plan { .. }) => plan::write(text, out),
        Some(Message::TemporaryFile { bytes }) => {
            out.extend_from_slice(b"temporary file: path \"?\", size ");
            out.extend_from_slice(bytes.to_string().as_bytes());
        }
        Some(Message::LockWait { process, object, waited, step }) => {
            let what = match step {
                LockStep::Waits => "still waiting for",
                LockStep::Acquired => "acquired",
                LockStep::GaveUp => "failed to acquire",
            };
            out.extend_from_slice(format!("process {process} {what} ").as_bytes());
            lock(object, out);
            let (millis, micros) = (waited.0 / 1000, waited.0 % 1000);
            out.extend_from_slice(format!(" after {millis}.{micros:03} ms").as_bytes());
        }
        Some(Message::Connected) => out.extend_from_slice(b"connection received: ?"),
        Some(Message::Disconnected { .. }) => out.extend_from_slice(b"disconnection: ?"),
        // A client can write the like of what the server says of itself.
        Some(Message::Maintenance { .. } | Message::Starting { .. }) | None => {
            out.extend_from_slice(LEFT_OUT);
        }
    }
}

/// What a session waits for. The keys of an advisory lock are the application's own: they stand
/// in brackets.
fn lock(object: &[u8], out: &mut Vec<u8>) {
    let is_plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b" (),[]".contains(byte);
    if !object.iter().all(is_plain) || memmem::find(object, b"Lock ").is_none() {
        out.extend_from_slice(LEFT_OUT);
        return;
    }
    let (open, close) = (memchr::memchr(b'[', object), memchr::memrchr(b']', object));
    match open.zip(close) {
        Some((open, close)) if open < close => {
            out.extend_from_slice(&object[..=open]);
            out.extend_from_slice(LEFT_OUT);
            out.extend_from_slice(&object[close..]);
        }
        _ => out.extend_from_slice(object),
    }
}

/// The message of an error may quote any value. That the server ended the statement is kept.
fn error(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(match killed(text, true) {
        Some(Killed::Timeout) => b"canceling statement due to statement timeout",
        Some(Killed::Request) if text.starts_with(b"canceling") => {
            b"canceling statement due to user request"
        }
        Some(Killed::Request) => b"terminating connection due to administrator command",
        Some(Killed::Recovery) => b"canceling statement due to conflict with recovery",
        None => LEFT_OUT,
    });
}

fn detail(text: &[u8], out: &mut Vec<u8>) {
    if let Some(list) = after(text, b"parameters: ").or_else(|| language::parameters(text)) {
        out.extend_from_slice(b"parameters: ");
        for (place, (number, value)) in bind_parameters(list).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let value = if value.is_some() { "'?'" } else { "NULL" };
            out.extend_from_slice(format!("{comma}${number} = {value}").as_bytes());
        }
    } else if let Some(sql) = after(text, b"prepare: ").or_else(|| language::prepare(text)) {
        out.extend_from_slice(b"prepare: ");
        statement(sql, out);
    } else {
        out.extend_from_slice(LEFT_OUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(kind: Text, text: &str) -> String {
        let mut out = Vec::new();
        write_masked(kind, text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn messages_of_the_log() {
        for (text, expected) in [
            (
                "duration: 1.5 ms  statement: SELECT 'x', 5",
                "duration: 1.5 ms  statement: SELECT '?', 1",
            ),
            ("duration: 1.5 ms  parse s1: SELECT 'x'", "duration: 1.5 ms  parse s1: SELECT '?'"),
            ("execute <unnamed>: SELECT $1", "execute <unnamed>: SELECT $1"),
            ("duration: 1.5 ms", "duration: 1.5 ms"),
            ("Dauer: 1.5 ms  Anweisung: SELECT 'x'", "Dauer: 1.5 ms  Anweisung: SELECT '?'"),
            ("temporary file: path \"base/x\", size 17", "temporary file: path \"?\", size 17"),
            (
                "process 7 still waiting for ShareLock on transaction 731 after 1000.006 ms",
                "process 7 still waiting for ShareLock on transaction 731 after 1000.006 ms",
            ),
            (
                "process 7 acquired ExclusiveLock on advisory lock [5,0,42,1] after 1.5 ms",
                "process 7 acquired ExclusiveLock on advisory lock [?] after 1.500 ms",
            ),
            ("process 7 acquired 'secret' after 1.0 ms", "process 7 acquired ? after 1.000 ms"),
            ("connection received: host=10.0.0.1 port=5", "connection received: ?"),
            ("disconnection: session time: 0:00:00.020 user=bob", "disconnection: ?"),
            ("checkpoint complete: 'x'", "?"),
        ] {
            assert_eq!(masked(Text::Message(Severity::Log), text), expected);
        }
    }

    #[test]
    fn errors_details_and_the_rest() {
        let error = |text| masked(Text::Message(Severity::Error), text);
        assert_eq!(error("invalid input syntax: \"x\""), "?");
        assert_eq!(
            error("canceling statement due to lock timeout"),
            "canceling statement due to statement timeout"
        );
        assert_eq!(
            masked(Text::Detail, "Parameters: $1 = 'it''s, $2', $2 = NULL, $3 = 'cut"),
            "parameters: $1 = '?', $2 = NULL, $3 = '?'"
        );
        assert_eq!(
            masked(Text::Detail, "prepare: PREPARE p AS SELECT 7"),
            "prepare: PREPARE p AS SELECT 1"
        );
        assert_eq!(masked(Text::Detail, "Key (email)=(x) already exists."), "?");
        assert_eq!(masked(Text::Other, "COPY t, line 1: \"x\""), "?");
        assert_eq!(masked(Text::Statement, "SELECT 1 -- x"), "SELECT 1 ");
    }
}
