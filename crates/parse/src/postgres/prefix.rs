//! The grammar of `log_line_prefix`.

use std::fmt;

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag};
use nom::character::complete::{anychar, char, digit0};
use nom::combinator::{map, opt, recognize};
use nom::multi::many0;
use nom::{IResult, Parser};

/// What an escape of `log_line_prefix` prints, through PostgreSQL 18.
///
/// Source: `log_status_format` in `src/backend/utils/error/elog.c` and the documentation of
/// `log_line_prefix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Escape {
    /// `%a` application name.
    Application,
    /// `%u` user.
    User,
    /// `%d` database.
    Database,
    /// `%r` remote host and port.
    RemoteHostPort,
    /// `%h` remote host.
    RemoteHost,
    /// `%L` local address of the server.
    LocalAddress,
    /// `%b` backend type.
    BackendType,
    /// `%p` process id.
    ProcessId,
    /// `%P` process id of a parallel worker's leader.
    LeaderProcessId,
    /// `%t` time without fractions.
    Time,
    /// `%m` time with milliseconds.
    TimeMillis,
    /// `%n` Unix time with milliseconds.
    EpochMillis,
    /// `%i` command tag.
    CommandTag,
    /// `%e` SQLSTATE.
    SqlState,
    /// `%c` session id.
    SessionId,
    /// `%l` line number within the session.
    LineNumber,
    /// `%s` start of the session.
    SessionStart,
    /// `%v` virtual transaction id.
    VirtualTransaction,
    /// `%x` transaction id.
    Transaction,
    /// `%Q` query id.
    QueryId,
}

/// Every escape with its letter.
const ESCAPES: [(char, Escape); 20] = [
    ('a', Escape::Application),
    ('u', Escape::User),
    ('d', Escape::Database),
    ('r', Escape::RemoteHostPort),
    ('h', Escape::RemoteHost),
    ('L', Escape::LocalAddress),
    ('b', Escape::BackendType),
    ('p', Escape::ProcessId),
    ('P', Escape::LeaderProcessId),
    ('t', Escape::Time),
    ('m', Escape::TimeMillis),
    ('n', Escape::EpochMillis),
    ('i', Escape::CommandTag),
    ('e', Escape::SqlState),
    ('c', Escape::SessionId),
    ('l', Escape::LineNumber),
    ('s', Escape::SessionStart),
    ('v', Escape::VirtualTransaction),
    ('x', Escape::Transaction),
    ('Q', Escape::QueryId),
];

impl Escape {
    fn letter(self) -> char {
        ESCAPES.iter().find(|(_, escape)| *escape == self).map_or('?', |(letter, _)| *letter)
    }

    /// May its text hold any character, so that only what follows tells where it ends?
    pub(super) fn is_free_text(self) -> bool {
        matches!(
            self,
            Self::Application
                | Self::User
                | Self::Database
                | Self::RemoteHostPort
                | Self::RemoteHost
                | Self::LocalAddress
                | Self::BackendType
                | Self::CommandTag
        )
    }
}

/// A piece of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text that every line has.
    Literal(Vec<u8>),
    /// An escape, padded with blanks to `width` bytes: on the left, or on the right if negative.
    Field { escape: Escape, width: i16 },
    /// `%q`: processes without a session print nothing from here on.
    SessionOnly,
}

/// A `log_line_prefix`, ready to match lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    pub(super) pieces: Vec<Piece>,
    /// The server writes two blanks behind a label. Logs that went through an editor or a pipeline
    /// may have one.
    pub(super) one_blank: bool,
    /// What carries the log has put a stamp of its own before each entry, as CloudWatch does.
    pub(super) behind_stamp: bool,
}

/// What is wrong with a `log_line_prefix`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// An escape that no PostgreSQL through 18 has.
    #[error("log_line_prefix has the unknown escape `%{0}`")]
    UnknownEscape(char),
    /// A `%` with nothing behind it.
    #[error("log_line_prefix ends in a lone `%`")]
    LoneEscape,
}

impl Prefix {
    /// Reads a prefix as `log_line_prefix` in `postgresql.conf` has it.
    ///
    /// # Errors
    ///
    /// An escape that PostgreSQL does not have. The server prints such an escape as nothing; here
    /// it is more likely a slip of the pen.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let (rest, parsed) = many0(piece).parse_complete(text).unwrap_or((text, Vec::new()));
        if !rest.is_empty() {
            return Err(PrefixError::LoneEscape);
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in parsed {
            match (piece?, pieces.last_mut()) {
                (Piece::Literal(more), Some(Piece::Literal(text))) => text.extend(more),
                (piece, _) => pieces.push(piece),
            }
        }
        Ok(Self { pieces, one_blank: false, behind_stamp: false })
    }

    /// The same prefix for a log in which runs of blanks have become one.
    #[must_use]
    pub fn with_one_blank(self) -> Self {
        Self { one_blank: true, ..self }
    }

    /// The same prefix for a log whose entries have another stamp and a blank before them, as in
    /// the exports of CloudWatch: `2026-03-01T10:00:00.000Z `.
    #[must_use]
    pub fn behind_stamp(self) -> Self {
        Self { behind_stamp: true, ..self }
    }

    /// Does the prefix have this escape?
    pub fn has(&self, wanted: Escape) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Field { escape, .. } if *escape == wanted))
    }
}

/// The prefix as `log_line_prefix` would have it.
impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => {
                    f.write_str(&String::from_utf8_lossy(text).replace('%', "%%"))?;
                }
                Piece::Field { escape, width: 0 } => write!(f, "%{}", escape.letter())?,
                Piece::Field { escape, width } => write!(f, "%{width}{}", escape.letter())?,
                Piece::SessionOnly => f.write_str("%q")?,
            }
        }
        Ok(())
    }
}

/// A run of literal text, or `%` with a padding and a letter.
fn piece(input: &str) -> IResult<&str, Result<Piece, PrefixError>> {
    alt((
        map(is_not("%"), |text: &str| Ok(Piece::Literal(text.as_bytes().to_vec()))),
        map(tag("%%"), |_| Ok(Piece::Literal(b"%".to_vec()))),
        map((char('%'), recognize((opt(char('-')), digit0)), anychar), |(_, padding, letter)| {
            escape(padding, letter)
        }),
    ))
    .parse_complete(input)
}

fn escape(padding: &str, letter: char) -> Result<Piece, PrefixError> {
    if letter == 'q' {
        return Ok(Piece::SessionOnly);
    }
    let (_, escape) = ESCAPES
        .iter()
        .find(|(known, _)| *known == letter)
        .ok_or(PrefixError::UnknownEscape(letter))?;
    // A padding without a number counts as none; one beyond any sense is capped.
    let width = padding.parse::<i32>().unwrap_or(0).clamp(-256, 256) as i16;
    Ok(Piece::Field { escape: *escape, width })
}
