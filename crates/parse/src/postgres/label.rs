//! The label of a log line: a severity, or a part of the entry before.

use slowlog_event::Severity;

use super::language;

/// What follows the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// A severity begins an entry.
    Severity(Severity),
    /// The others continue the entry before them.
    Detail,
    Hint,
    Query,
    Context,
    Location,
    Backtrace,
    Statement,
}

/// The label at the start of `text` and the offset of what follows it. Two blanks follow a label,
/// or only one if `one_blank`.
#[inline]
pub(crate) fn label(text: &[u8], one_blank: bool) -> Option<(Label, usize)> {
    let (label, rest) = match text {
        [b'L', b'O', b'G', b':', rest @ ..] => (Label::Severity(Severity::Log), rest),
        [b'D', b'E', b'T', b'A', b'I', b'L', b':', rest @ ..] => (Label::Detail, rest),
        [b'A'..=b'Z', ..] => match rare_label(text) {
            Some(found) => found,
            None => return language::label(text, one_blank),
        },
        [0x80..=0xff, ..] => return language::label(text, one_blank),
        _ => return None,
    };
    let blanks = match rest {
        [b' ', b' ', ..] => 2,
        [b' ', ..] if one_blank => 1,
        // The message is empty and blanks at the end of the line were lost, or the line was cut.
        [b' '] | [b' ', b'\n' | b'\r', ..] => 1,
        [] | [b'\n' | b'\r', ..] => 0,
        _ => return None,
    };
    Some((label, text.len() - rest.len() + blanks))
}

/// The labels but the two that most lines have, and what follows their colon.
fn rare_label(text: &[u8]) -> Option<(Label, &[u8])> {
    const LABELS: [(&[u8], Label); 18] = [
        (b"STATEMENT", Label::Statement),
        (b"ERROR", Label::Severity(Severity::Error)),
        (b"FATAL", Label::Severity(Severity::Fatal)),
        (b"CONTEXT", Label::Context),
        (b"HINT", Label::Hint),
        (b"WARNING", Label::Severity(Severity::Warning)),
        (b"PANIC", Label::Severity(Severity::Panic)),
        (b"NOTICE", Label::Severity(Severity::Notice)),
        (b"INFO", Label::Severity(Severity::Info)),
        (b"LOCATION", Label::Location),
        (b"QUERY", Label::Query),
        (b"BACKTRACE", Label::Backtrace),
        // The server prints every level as DEBUG; some tools keep the digit.
        (b"DEBUG", Label::Severity(Severity::Debug)),
        (b"DEBUG1", Label::Severity(Severity::Debug)),
        (b"DEBUG2", Label::Severity(Severity::Debug)),
        (b"DEBUG3", Label::Severity(Severity::Debug)),
        (b"DEBUG4", Label::Severity(Severity::Debug)),
        (b"DEBUG5", Label::Severity(Severity::Debug)),
    ];
    LABELS
        .iter()
        .filter(|(name, _)| text[0] == name[0])
        .find_map(|(name, label)| Some((*label, text.strip_prefix(*name)?.strip_prefix(b":")?)))
}
