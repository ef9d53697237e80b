//! Messages of servers that speak another language than English (`lc_messages`).
//!
//! A server may change its language while it runs, and a session may have one of its own. So it is
//! not asked which language a log is in: what is not English is looked for in all of them. English
//! is looked for first and pays nothing.

#[rustfmt::skip]
mod table;
#[cfg(test)]
mod tests;
mod unknown;

use memchr::memmem;
use slowlog_event::{Killed, LockStep, Micros, Severity, Step};

use super::label::Label;
use super::message::Message;
use table::LANGUAGES;
pub use unknown::unknown_language;

/// What a server says in one language.
#[derive(Debug)]
struct Language {
    /// The labels that differ from the English ones, with the blanks behind them.
    labels: &'static [(&'static str, Label)],
    /// The name of a user or a database that is not known yet.
    unknown: &'static str,
    /// What stands before bind parameters, and before the text of a prepared statement.
    parameters: &'static str,
    prepare: &'static str,
    /// Errors that end a statement; or a session, and a statement only if one was running.
    killed: &'static [(&'static str, Killed, bool)],
    templates: &'static [Template],
}

/// A message with arguments.
#[derive(Debug)]
struct Template {
    kind: Kind,
    pieces: &'static [Piece],
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Statement(Step),
    Duration,
    TemporaryFile,
    LockWait { acquired: bool },
    Connected,
    Disconnected,
}

#[derive(Debug, Clone, Copy)]
enum Piece {
    Text(&'static str),
    Argument(Argument),
}

/// What stands in the place of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument {
    /// Milliseconds with decimals.
    Millis,
    /// The two sides of their point, which some languages write as a comma.
    Whole,
    Thousandths,
    Process,
    Bytes,
    Object,
    Statement,
    /// Something that is not looked at.
    Name,
}

/// The label at the start of `text` and the offset of what follows it.
#[cold]
pub(super) fn label(text: &[u8], one_blank: bool) -> Option<(Label, usize)> {
    let labels = LANGUAGES.iter().flat_map(|language| language.labels);
    labels.filter(|(name, _)| name.as_bytes()[..2] == text[..text.len().min(2)]).find_map(
        |(name, label)| {
            let core = name.trim_end().as_bytes();
            let rest = text.strip_prefix(core)?;
            let blanks = match rest {
                _ if text.starts_with(name.as_bytes()) => name.len() - core.len(),
                [b' ', ..] if one_blank => 1,
                [b' '] | [b' ', b'\n' | b'\r', ..] => 1,
                [] | [b'\n' | b'\r', ..] => 0,
                _ => return None,
            };
            Some((*label, core.len() + blanks))
        },
    )
}

/// The severity that a word is.
#[cold]
pub(super) fn severity(word: &[u8]) -> Option<Severity> {
    let labels = LANGUAGES.iter().flat_map(|language| language.labels);
    labels
        .filter_map(|(name, label)| match label {
            Label::Severity(severity) => Some((name, severity)),
            _ => None,
        })
        .find(|(name, _)| name.as_bytes().strip_suffix(b":  ") == Some(word))
        .map(|(_, severity)| *severity)
}

/// Is it what the server prints for a name that it does not know yet?
#[cold]
pub(super) fn is_unknown(name: &[u8]) -> bool {
    LANGUAGES.iter().any(|language| language.unknown.as_bytes() == name)
}

/// The bind parameters that a DETAIL lists.
#[cold]
pub(super) fn parameters(detail: &[u8]) -> Option<&[u8]> {
    LANGUAGES.iter().find_map(|language| detail.strip_prefix(language.parameters.as_bytes()))
}

/// The prepared statement that a DETAIL names.
#[cold]
pub(super) fn prepare(detail: &[u8]) -> Option<&[u8]> {
    LANGUAGES.iter().find_map(|language| detail.strip_prefix(language.prepare.as_bytes()))
}

/// Did the server end the statement, or the session while the statement ran?
#[cold]
pub(super) fn killed(text: &[u8], has_statement: bool) -> Option<Killed> {
    let all = LANGUAGES.iter().flat_map(|language| language.killed);
    all.filter(|(_, _, needs_statement)| has_statement || !needs_statement)
        .find(|(message, _, _)| text.starts_with(message.as_bytes()))
        .map(|(_, killed, _)| *killed)
}

/// Classifies a message; `None` for one that slowlog has no use for.
#[cold]
pub(super) fn message(text: &[u8]) -> Option<Message<'_>> {
    LANGUAGES.iter().flat_map(|language| language.templates).find_map(|template| {
        let first = match template.pieces.first()? {
            Piece::Text(first) => first.as_bytes(),
            Piece::Argument(_) => b"",
        };
        let len = first.len().min(2);
        (text.get(..len)? == &first[..len]).then(|| template.read(text)).flatten()
    })
}

/// The arguments of a message.
#[derive(Debug, Default)]
struct Found<'a> {
    millis: Option<Micros>,
    thousandths: u64,
    process: u64,
    bytes: u64,
    object: &'a [u8],
    statement: &'a [u8],
}

impl Template {
    fn read<'a>(&self, text: &'a [u8]) -> Option<Message<'a>> {
        let mut found = Found::default();
        let mut rest = text;
        for (place, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => rest = rest.strip_prefix(text.as_bytes())?,
                Piece::Argument(argument) => {
                    let next = match self.pieces.get(place + 1) {
                        Some(Piece::Text(next)) => Some(next.as_bytes()),
                        _ => None,
                    };
                    rest = found.take(*argument, rest, next)?;
                }
            }
        }
        let waited = found
            .millis
            .map_or(Micros(0), |millis| Micros(millis.0.saturating_add(found.thousandths)));
        Some(match self.kind {
            Kind::Statement(step) => {
                Message::Statement { step, duration: found.millis, text: found.statement }
            }
            Kind::Duration if rest.trim_ascii().is_empty() => Message::Duration(found.millis?),
            Kind::Duration => return None,
            Kind::TemporaryFile => Message::TemporaryFile { bytes: found.bytes },
            Kind::LockWait { acquired } => {
                let step = if acquired { LockStep::Acquired } else { LockStep::Waits };
                Message::LockWait { process: found.process, object: found.object, waited, step }
            }
            Kind::Connected => Message::Connected,
            Kind::Disconnected => Message::Disconnected { lasted: None },
        })
    }
}

impl<'a> Found<'a> {
    /// Takes an argument that `next` follows; what stands behind it.
    fn take(
        &mut self,
        argument: Argument,
        text: &'a [u8],
        next: Option<&[u8]>,
    ) -> Option<&'a [u8]> {
        let is_digit =
            |byte: &u8| byte.is_ascii_digit() || argument == Argument::Millis && *byte == b'.';
        let digits = text.iter().take_while(|byte| is_digit(byte)).count();
        let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u64>().ok();
        match argument {
            Argument::Millis => self.millis = Some(Micros::from_millis_text(&text[..digits])?),
            Argument::Whole => self.millis = Some(Micros::from_millis_text(&text[..digits])?),
            Argument::Thousandths => self.thousandths = number(&text[..digits])?,
            Argument::Process => self.process = number(&text[..digits])?,
            Argument::Bytes => self.bytes = number(&text[..digits])?,
            Argument::Object | Argument::Statement | Argument::Name => {
                let len = match next {
                    Some(next) => memmem::find(text, next)?,
                    None => text.len(),
                };
                match argument {
                    Argument::Object => self.object = &text[..len],
                    Argument::Statement => self.statement = &text[..len],
                    _ => {}
                }
                return Some(&text[len..]);
            }
        }
        Some(&text[digits..])
    }
}
