//! What a piece of text is within the server's log: the beginning of an entry, a further line of
//! it, or the rest of a line.

use slowlog_event::Severity;

use crate::Format;
use crate::postgres::{Clock, Label, Prefix, first_label, label, line_label};

/// What a piece of text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// An entry.
    Entry,
    /// DETAIL, STATEMENT and the like: a line of its own of an entry.
    Part,
    /// TAB: a further line of a message.
    Continuation,
    /// Nothing that could be told.
    Other,
}

/// Tells what pieces of text begin.
#[derive(Debug)]
pub(super) enum Starts {
    /// A label behind one of the prefixes.
    Postgres { prefixes: Vec<Prefix>, clock: Clock },
    /// A label anywhere at the beginning of a line, as long as the prefix is not known.
    Guess,
    /// Every line of the log is a line of the envelope, as other servers have it.
    Lines,
}

impl Starts {
    /// For a text of this format, if it is known.
    pub(super) fn new(format: Option<&Format>) -> Self {
        match format {
            Some(Format::PostgresStderr(prefixes)) => {
                Self::Postgres { prefixes: prefixes.clone(), clock: Clock::default() }
            }
            Some(_) => Self::Lines,
            None => Self::Guess,
        }
    }

    /// Is each line of the envelope a line of the log, whatever it is?
    pub(super) fn are_lines(&self) -> bool {
        matches!(self, Self::Lines)
    }

    pub(super) fn of(&mut self, text: &[u8]) -> Start {
        if text.first() == Some(&b'\t') {
            return Start::Continuation;
        }
        let label = match self {
            Self::Postgres { prefixes, clock } => line_label(prefixes, clock, text),
            Self::Guess => {
                first_label(text, false).and_then(|at| Some(label(&text[at..], false)?.0))
            }
            Self::Lines => return Start::Entry,
        };
        match label {
            Some(Label::Severity(_)) => Start::Entry,
            Some(_) => Start::Part,
            None => Start::Other,
        }
    }
}

/// Does this look like a line of a database server: a label behind a prefix, or a header of MySQL's
/// slow log?
pub(super) fn is_servers(text: &[u8]) -> bool {
    let is_label = || {
        first_label(text, false).is_some_and(|at| {
            matches!(
                label(&text[at..], false),
                Some((
                    Label::Severity(
                        Severity::Log | Severity::Error | Severity::Fatal | Severity::Warning
                    ),
                    _
                ))
            )
        })
    };
    is_label()
        || [&b"# Time: "[..], b"# User@Host: ", b"# Query_time: "]
            .iter()
            .any(|mark| text.starts_with(mark))
}
