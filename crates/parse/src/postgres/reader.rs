//! From the lines of a block to events.

use slowlog_event::{Body, Event, Position, Severity};

use super::body::Parts;
use super::clock::Clock;
use super::fields::is_state;
use super::head::Head;
use super::label::Label;
use super::prefix::{Escape, Prefix};
use super::tails::Tails;
use crate::account::{Account, Foreign};
use crate::lines::Lines;
use crate::zone::Zone;

/// Reads blocks of whole entries of PostgreSQL's stderr log.
///
/// A reader remembers how to read stamps and names quickly, nothing else: what it makes of a block
/// does not depend on the blocks before, but for the numbers of actors.
#[derive(Debug)]
pub struct StderrReader<'p> {
    prefixes: &'p [Prefix],
    /// The ends of each prefix.
    tails: Vec<Tails>,
    clock: Clock,
    /// Does the prefix print the command tag? Then a bare duration tells its step.
    has_command_tag: bool,
}

/// A part of an entry as a span of the block.
type Span = Option<(usize, usize)>;

/// An entry that is being put together.
#[derive(Debug)]
struct Entry {
    severity: Severity,
    position: Position,
    message: (usize, usize),
    detail: Span,
    context: Span,
    statement: Span,
    /// Lines with a number of their own.
    lines: u32,
}

/// The part of the open entry that continuation lines belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Message,
    Detail,
    Context,
    Statement,
    /// HINT and the like, which say nothing that is used.
    Unused,
    /// The rest of an entry that began before the log.
    Cut,
    /// No entry is open, or a foreign line stands between.
    Foreign,
}

impl<'p> StderrReader<'p> {
    /// A reader for logs with these prefixes: mostly one, but the setting may change while the
    /// server runs. A line is read with the first that matches it.
    pub fn new(prefixes: &'p [Prefix]) -> Self {
        let has_command_tag = prefixes.iter().all(|prefix| prefix.has(Escape::CommandTag));
        let tails = prefixes.iter().enumerate().map(|(place, prefix)| Tails::new(prefix, place));
        Self { prefixes, tails: tails.collect(), clock: Clock::default(), has_command_tag }
    }

    /// Stamps that do not say their zone, or not clearly, are in this one.
    pub fn set_zone(&mut self, zone: Zone) {
        self.clock.local = Some(zone);
    }

    /// Hands the events of a block to `sink` in order and returns where its bytes went.
    ///
    /// A line that begins with TAB continues the line before it. Any other line without a head is
    /// foreign: it neither belongs to an entry nor ends one. DETAIL, CONTEXT and STATEMENT belong
    /// to the entry before them if that is of the same session.
    ///
    /// `begins_log` says that nothing stands before the block: rotation may have cut an entry, and
    /// its rest, one line and what continues it, is known to say nothing.
    pub fn read<'a>(
        &mut self,
        block: &'a [u8],
        begins_log: bool,
        mut sink: impl FnMut(&Event<'a>),
    ) -> Account {
        let mut account = Account::default();
        let mut entry: Option<Entry> = None;
        // Of the entry that is open, and of the line that is looked at.
        let [own, other] = &mut [Head::EMPTY; 2];
        let (mut own_head, mut head) = (own, other);
        let mut part = if begins_log { Part::Cut } else { Part::Foreign };
        for (start, end) in Lines::new(block) {
            let line_number = account.lines;
            account.lines += 1;
            let bytes = (end - start) as u64;
            let line = trim_line_end(&block[start..end]);
            let continues = line.first() == Some(&b'\t');
            if continues && part == Part::Cut {
                account.ignored_bytes += bytes;
                account.cut_entry_bytes += bytes;
                continue;
            }
            if continues && part != Part::Foreign {
                account.parsed_bytes += bytes;
                if let Some(span) = entry.as_mut().and_then(|entry| entry.span(part)) {
                    span.1 = start + line.len();
                }
                continue;
            }
            let again = entry
                .as_ref()
                .filter(|_| !continues)
                .and_then(|entry| own_head.again(&block[entry.position.byte as usize..], line));
            let found = match again {
                Some((label, message)) => Some((label, message, true)),
                None if continues || !self.head(line, head) => None,
                None => Some((head.label, head.message, head.session == own_head.session)),
            };
            let Some((label, message, is_same_session)) = found else {
                if line.trim_ascii().is_empty() {
                    account.ignored_bytes += bytes;
                } else if part == Part::Cut && start == 0 {
                    account.ignored_bytes += bytes;
                    account.cut_entry_bytes += bytes;
                } else {
                    account.unrecognised_bytes += bytes;
                    account.foreign_lines += 1;
                    let foreign = Foreign { byte: start as u64, line: line_number };
                    account.first_foreign.get_or_insert(foreign);
                    part = Part::Foreign;
                }
                continue;
            };
            account.parsed_bytes += bytes;
            account.entries += 1;
            let span = (start + message, start + line.len());
            let position = Position { byte: start as u64, line: line_number };
            if let Label::Severity(severity) = label {
                if let Some(entry) = &entry {
                    self.event(block, own_head, entry, &mut sink);
                }
                if again.is_none() {
                    std::mem::swap(&mut own_head, &mut head);
                }
                let message = (span.0 + state_len(&block[span.0..span.1]), span.1);
                entry = Some(Entry {
                    severity,
                    position,
                    message,
                    detail: None,
                    context: None,
                    statement: None,
                    lines: 1,
                });
                part = Part::Message;
            } else {
                part = match &mut entry {
                    Some(entry) if is_same_session => entry.add(label, span),
                    _ => {
                        // Another session has come between an entry and its parts.
                        if let Some(event) = numbered(head, position) {
                            sink(&event);
                        }
                        Part::Unused
                    }
                };
            }
        }
        if let Some(entry) = &entry {
            self.event(block, own_head, entry, &mut sink);
        }
        self.clock.doubts.move_to(&mut account);
        account
    }

    /// Reads the head of a line, if it has one.
    #[inline]
    fn head<'a>(&mut self, line: &'a [u8], head: &mut Head<'a>) -> bool {
        let mut prefixes = self.prefixes.iter().zip(&mut self.tails);
        prefixes.any(|(prefix, tails)| head.read(prefix, tails, &mut self.clock, line).is_some())
    }

    /// Hands the event of an entry to `sink`, if it is one.
    #[inline]
    fn event<'a>(
        &self,
        block: &'a [u8],
        head: &Head<'a>,
        entry: &Entry,
        sink: &mut impl FnMut(&Event<'a>),
    ) {
        let text = |(start, end): (usize, usize)| &block[start..end];
        let parts = Parts {
            severity: entry.severity,
            // What is no error is not asked for it.
            state: (entry.severity != Severity::Log)
                .then(|| head.state.or_else(|| state_before(block, entry.message.0)))
                .flatten(),
            command_tag: self.has_command_tag.then_some(head.command_tag),
            message: text(entry.message),
            detail: entry.detail.map(text),
            context: entry.context.map(text),
            statement: entry.statement.map(text),
        };
        let Some(body) = parts.body() else {
            if let Some(event) = numbered(head, entry.position) {
                sink(&Event { session_lines: entry.lines, ..event });
            }
            return;
        };
        sink(&Event {
            position: entry.position,
            time: head.time,
            session: head.session,
            session_line: head.session_line,
            session_lines: entry.lines,
            actor: head.actor,
            actor_number: head.actor_number,
            query_id: head.query_id,
            transaction: head.transaction,
            body,
        });
    }
}

impl Entry {
    /// Adds a DETAIL or the like. The first of each kind counts.
    fn add(&mut self, label: Label, span: (usize, usize)) -> Part {
        self.lines = self.lines.saturating_add(1);
        let (slot, part) = match label {
            Label::Detail => (&mut self.detail, Part::Detail),
            Label::Context => (&mut self.context, Part::Context),
            Label::Statement => (&mut self.statement, Part::Statement),
            _ => return Part::Unused,
        };
        if slot.is_some() {
            return Part::Unused;
        }
        *slot = Some(span);
        part
    }

    /// The span that continuation lines of `part` make longer.
    fn span(&mut self, part: Part) -> Option<&mut (usize, usize)> {
        match part {
            Part::Message => Some(&mut self.message),
            Part::Detail => self.detail.as_mut(),
            Part::Context => self.context.as_mut(),
            Part::Statement => self.statement.as_mut(),
            Part::Unused | Part::Cut | Part::Foreign => None,
        }
    }
}

/// An entry of no use, if it has a number.
#[cold]
fn numbered<'a>(head: &Head<'a>, position: Position) -> Option<Event<'a>> {
    head.session_line?;
    Some(Event {
        position,
        time: head.time,
        session: head.session,
        session_line: head.session_line,
        session_lines: 1,
        actor: head.actor,
        actor_number: head.actor_number,
        query_id: None,
        transaction: None,
        body: Body::Other,
    })
}

/// `log_error_verbosity = verbose` puts `00000: ` before the message.
#[inline]
pub(super) fn state_len(message: &[u8]) -> usize {
    match message {
        [a, b, c, d, e, b':', b' ', ..] if is_state([*a, *b, *c, *d, *e]) => 7,
        _ => 0,
    }
}

/// The SQLSTATE that [`state_len`] has skipped.
fn state_before(block: &[u8], message: usize) -> Option<[u8; 5]> {
    let text = block.get(message.checked_sub(7)?..message)?;
    let state = *text.first_chunk::<5>()?;
    (text.ends_with(b": ") && is_state(state)).then_some(state)
}

#[inline]
pub(super) fn trim_line_end(line: &[u8]) -> &[u8] {
    match line {
        [text @ .., b'\r', b'\n'] | [text @ .., b'\n'] => text,
        _ => line,
    }
}
