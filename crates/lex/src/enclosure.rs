//! What a place inside a text stands in, without its tokens.

use memchr::{memchr, memmem};

use crate::chunk;
use crate::class::is_blank;
use crate::literal::{string_end, string_rest_end};

/// The literal, quoted name or comment that a place stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Within {
    /// None of them.
    #[default]
    Code,
    /// `'…'`
    SingleQuotes,
    /// `"…"`
    DoubleQuotes,
    /// `` `…` ``
    Backticks,
    /// `/* … */`
    Comment,
}

/// What a place inside a text stands in; by default, the beginning of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Enclosure {
    /// The literal, name or comment.
    pub within: Within,
    /// Inside `/*!50000 … */`, whose content is code: only then does `*/` end something.
    pub executable: bool,
}

/// What the end of `sql` stands in if its beginning stands in `before`, by the rules of MySQL.
///
/// It agrees with [`Lexer::is_open`](crate::Lexer::is_open) at a fraction of its cost, and may
/// walk over a text in pieces, each ending behind a line end: there no two bytes that belong
/// together are parted, and comments up to the end of a line are over.
///
/// ```
/// use slowlog_lex::{Enclosure, Within, mysql_enclosure};
///
/// let first = mysql_enclosure(b"select 'a;\n", Enclosure::default());
/// assert_eq!(first.within, Within::SingleQuotes);
/// assert_eq!(mysql_enclosure(b"# b', \"c\";\n", first).within, Within::Code);
/// ```
pub fn mysql_enclosure(sql: &[u8], before: Enclosure) -> Enclosure {
    let Enclosure { mut within, mut executable } = before;
    let rest = match within {
        Within::Code => Some(0),
        Within::SingleQuotes => string_rest_end(sql, 0, b'\'', true),
        Within::DoubleQuotes => string_rest_end(sql, 0, b'"', true),
        Within::Backticks => string_rest_end(sql, 0, b'`', false),
        Within::Comment => memmem::find(sql, b"*/").map(|at| at + 2),
    };
    let Some(mut pos) = rest else { return before };
    loop {
        let Some(at) = find_mark(sql, pos) else {
            within = Within::Code;
            break;
        };
        let next = sql.get(at + 1).copied();
        let end = match sql[at] {
            b'\'' => {
                within = Within::SingleQuotes;
                string_end(sql, at, true)
            }
            b'"' => {
                within = Within::DoubleQuotes;
                string_end(sql, at, true)
            }
            b'`' => {
                within = Within::Backticks;
                string_end(sql, at, false)
            }
            b'/' if executable && at > pos && sql[at - 1] == b'*' => {
                executable = false;
                Some(at + 1)
            }
            b'/' if next == Some(b'*') => match sql.get(at + 2..).unwrap_or_default() {
                [b'!', ..] | [b'M', b'!', ..] => {
                    executable = true;
                    Some(at + 3)
                }
                body => {
                    within = Within::Comment;
                    memmem::find(body, b"*/").map(|length| at + 2 + length + 2)
                }
            },
            b'-' if next != Some(b'-') || sql.get(at + 2).is_some_and(|byte| !is_blank(*byte)) => {
                Some(at + 1)
            }
            b'#' | b'-' => {
                within = Within::Code;
                memchr(b'\n', &sql[at..]).map(|length| at + length)
            }
            _ => Some(at + 1),
        };
        match end {
            Some(end) => pos = end,
            None => break,
        }
    }
    Enclosure { within, executable }
}

/// The first byte from `pos` on that may begin or end an enclosure.
#[inline]
fn find_mark(sql: &[u8], mut pos: usize) -> Option<usize> {
    while pos < sql.len() {
        if let Some(at) = chunk::mysql_mark(&chunk::load_wide(sql, pos)) {
            return Some(pos + at);
        }
        pos += chunk::WIDE;
    }
    None
}

#[cfg(test)]
mod tests {
    use slowlog_event::Dialect;

    use super::*;
    use crate::{Lexer, TokenKind};

    fn is_open(sql: &[u8]) -> bool {
        let mut lexer = Lexer::new(sql, Dialect::MySql);
        while lexer.next_token().kind != TokenKind::Eof {}
        lexer.is_open()
    }

    /// In one piece and in lines it must say what the lexer says.
    fn check(sql: &[u8]) {
        let whole = mysql_enclosure(sql, Enclosure::default());
        let text = String::from_utf8_lossy(sql);
        assert_eq!(whole.within != Within::Code, is_open(sql), "{text}");
        let pieces = sql
            .split_inclusive(|byte| *byte == b'\n')
            .fold(Enclosure::default(), |before, line| mysql_enclosure(line, before));
        assert_eq!(pieces, whole, "{text}");
    }

    const PIECES: [&[u8]; 15] = [
        b"'", b"\"", b"`", b"#", b"-", b"/", b"*", b"\n", b"\\", b"!", b" ", b"5", b"M", b"x", b"_",
    ];

    #[test]
    fn every_short_text_agrees_with_the_lexer() {
        for length in 0..=5 {
            for mut number in 0..PIECES.len().pow(length) {
                let mut sql = Vec::new();
                for _ in 0..length {
                    sql.extend_from_slice(PIECES[number % PIECES.len()]);
                    number /= PIECES.len();
                }
                check(&sql);
            }
        }
    }

    #[test]
    fn long_texts_agree_with_the_lexer() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            let mut sql = Vec::new();
            for _ in 0..60 {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                match seed % 60 {
                    place @ 0..15 => sql.extend_from_slice(PIECES[place as usize]),
                    15..20 => sql.extend_from_slice(b"a long run of plain words "),
                    20 => sql.extend_from_slice(b"/*!50000 "),
                    21 => sql.extend_from_slice(b" */"),
                    22 => sql.extend_from_slice(b"-- "),
                    23 => sql.extend_from_slice(b"\xff\x80\0"),
                    _ => sql.extend_from_slice(b"ab "),
                }
            }
            check(&sql);
        }
    }

    #[test]
    fn the_kind_of_what_is_open_is_told() {
        for (sql, within) in [
            ("select 1;\n", Within::Code),
            ("a 'b\\'; \"", Within::SingleQuotes),
            ("'it''s' \"it's", Within::DoubleQuotes),
            ("`a\\` b", Within::Code),
            ("`a``", Within::Backticks),
            ("/* ' */ /* \"", Within::Comment),
            ("-- don't\n", Within::Code),
            ("a--'", Within::SingleQuotes),
            ("/*! 'x' */ * / '", Within::SingleQuotes),
        ] {
            assert_eq!(
                mysql_enclosure(sql.as_bytes(), Enclosure::default()).within,
                within,
                "{sql}"
            );
        }
    }
}
