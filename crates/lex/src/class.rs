//! What a byte can begin.

use slowlog_event::Dialect;

/// The kind of token that a byte begins.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    Blank,
    Word,
    Digit,
    Quote,
    DoubleQuote,
    Backtick,
    Operator,
    Minus,
    Slash,
    Star,
    Hash,
    Percent,
    Question,
    Colon,
    Dot,
    Comma,
    Semicolon,
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    At,
    Dollar,
    Other,
}

pub(crate) type Classes = [Class; 256];

static POSTGRES: Classes = classes(true);
static MYSQL: Classes = classes(false);

/// The classes of the bytes in a dialect.
pub(crate) fn classes_of(dialect: Dialect) -> &'static Classes {
    if dialect.custom_operators() { &POSTGRES } else { &MYSQL }
}

const fn classes(postgres: bool) -> Classes {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class(byte as u8, postgres);
        byte += 1;
    }
    table
}

const fn class(byte: u8, postgres: bool) -> Class {
    match byte {
        // Control bytes are blanks as well: a NUL or a form feed separates words.
        0..=b' ' | 0x7f => Class::Blank,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => Class::Word,
        b'0'..=b'9' => Class::Digit,
        b'\'' => Class::Quote,
        b'"' => Class::DoubleQuote,
        b'`' if postgres => Class::Operator,
        b'`' => Class::Backtick,
        b'+' | b'<' | b'>' | b'=' | b'~' | b'!' | b'^' | b'&' | b'|' => Class::Operator,
        b'-' => Class::Minus,
        b'/' => Class::Slash,
        b'*' => Class::Star,
        b'#' => Class::Hash,
        b'%' => Class::Percent,
        b'?' => Class::Question,
        b':' => Class::Colon,
        b'.' => Class::Dot,
        b',' => Class::Comma,
        b';' => Class::Semicolon,
        b'(' => Class::OpenParen,
        b')' => Class::CloseParen,
        b'[' => Class::OpenBracket,
        b']' => Class::CloseBracket,
        b'@' if postgres => Class::Operator,
        b'@' => Class::At,
        b'$' if postgres => Class::Dollar,
        b'$' => Class::Word,
        _ => Class::Other,
    }
}

/// Is it one of the bytes a PostgreSQL operator is made of?
#[inline]
pub(crate) fn is_operator_byte(byte: u8) -> bool {
    matches!(
        byte,
        b'+' | b'-'
            | b'*'
            | b'/'
            | b'<'
            | b'>'
            | b'='
            | b'~'
            | b'!'
            | b'@'
            | b'#'
            | b'%'
            | b'^'
            | b'&'
            | b'|'
            | b'`'
            | b'?'
    )
}

/// May the byte stand inside a word?
#[inline]
pub(crate) fn is_word_byte(byte: u8) -> bool {
    WORD_BYTES[usize::from(byte)]
}

const WORD_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    loop {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// Is it a blank, a line end or another control byte?
#[inline]
pub(crate) fn is_blank(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f
}
