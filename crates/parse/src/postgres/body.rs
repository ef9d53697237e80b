//! What an entry says, by the same rules in every format of PostgreSQL's log.

use slowlog_event::{Body, ErrorEntry, Micros, Severity, Statement, Step};

use super::language;
use super::message::{Message, killed, message, timed_statement};
use super::states::state_of;

/// The parts of an entry that its meaning depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) severity: Severity,
    pub(super) state: Option<[u8; 5]>,
    /// What the process was at (`%i`), where the log says.
    pub(super) command_tag: Option<&'a [u8]>,
    pub(super) message: &'a [u8],
    pub(super) detail: Option<&'a [u8]>,
    pub(super) context: Option<&'a [u8]>,
    pub(super) statement: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// What the entry says; `None` if slowlog has no use for it.
    #[inline]
    pub(super) fn body(&self) -> Option<Body<'a>> {
        match self.severity {
            Severity::Log => self.log_body(),
            Severity::Error | Severity::Fatal | Severity::Panic => Some(Body::Error(ErrorEntry {
                severity: self.severity,
                state: self.state.or_else(|| state_of(self.message)),
                killed: killed(self.message, self.statement.is_some()),
                statement: self.statement,
            })),
            _ => None,
        }
    }

    #[inline]
    fn log_body(&self) -> Option<Body<'a>> {
        let statement = self.statement;
        let nested = self.context.is_some();
        // The server writes a duration, the start of a statement and a plan without a STATEMENT,
        // and the first two without a CONTEXT: what has one was written by RAISE LOG.
        let raised = statement.is_some();
        if let Some((step, duration, text)) = timed_statement(self.message) {
            return (!raised && !nested).then(|| self.statement(step, Some(duration), text));
        }
        Some(match message(self.message)? {
            Message::Statement { .. } | Message::Duration(_) if raised || nested => return None,
            Message::Plan { .. } if raised => return None,
            Message::Statement { step, duration, text } => self.statement(step, duration, text),
            Message::Duration(duration) => Body::Duration { duration, step: self.step() },
            Message::Plan { duration, query, plan } => Body::Plan { duration, plan, query, nested },
            Message::TemporaryFile { bytes } => Body::TemporaryFile { bytes, statement },
            Message::LockWait { process, object, waited, step } => {
                Body::LockWait { process, object, waited, step, statement }
            }
            Message::Connected => Body::Connected,
            Message::Disconnected { lasted } => Body::Disconnected { lasted },
            Message::Maintenance { .. } | Message::Starting { .. } if raised || nested => {
                return None;
            }
            Message::Maintenance { kind, took } => Body::Maintenance { kind, took },
            Message::Starting { version } => Body::LogOpened { version },
        })
    }

    /// A statement with what the DETAIL says of it.
    #[inline]
    fn statement(&self, step: Step, duration: Option<Micros>, text: &'a [u8]) -> Body<'a> {
        let parameters = self.detail.and_then(|detail| {
            after(detail, b"parameters: ").or_else(|| language::parameters(detail))
        });
        let prepared = self
            .detail
            .filter(|_| parameters.is_none())
            .and_then(|detail| after(detail, b"prepare: ").or_else(|| language::prepare(detail)));
        Body::Statement(Statement { step, duration, text, parameters, prepared })
    }

    /// The step that a bare duration reports, by the command tag.
    fn step(&self) -> Option<Step> {
        Some(match self.command_tag? {
            b"PARSE" => Step::Parse,
            b"BIND" => Step::Bind,
            _ => Step::Execute,
        })
    }
}

/// The text behind a word that later servers capitalise.
#[inline]
pub(super) fn after<'a, const N: usize>(text: &'a [u8], word: &[u8; N]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_first_chunk::<N>()?;
    (head == word || head.eq_ignore_ascii_case(word)).then_some(rest)
}
