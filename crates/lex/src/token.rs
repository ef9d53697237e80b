//! A token: its kind and its place.

use crate::Keyword;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TokenKind {
    /// The end of the text.
    Eof,
    /// An unquoted name or keyword.
    Word,
    /// A name in quotes, with the prefix `U&` if it has one.
    QuotedIdentifier,
    /// A string literal of any kind, with its prefix.
    String,
    /// A number without its sign.
    Number,
    /// A placeholder: `?`, `$1`, `:name`, `%s`, `%(name)s`.
    Parameter,
    /// An operator, also `*` and `:`.
    Operator,
    /// The cast `::`.
    Cast,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `;`
    Semicolon,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `@name` or `@@name` of MySQL.
    Variable,
    /// An optimizer hint, `/*+ … */`.
    Hint,
    /// A byte without a meaning.
    Other,
}

/// A token of a statement, as a range of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Which word of the keyword table; [`Keyword::NONE`] also directly after a dot.
    pub keyword: Keyword,
    /// Of a [`TokenKind::Word`]: does it hold a digit?
    pub has_digit: bool,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}
