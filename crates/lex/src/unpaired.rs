//! Quotes of which there is one too many.

use slowlog_event::Dialect;

use crate::class::is_word_byte;
use crate::{Lexer, TokenKind};

/// Of a statement whose quotes are in doubt, as it ends inside a literal: where the first literal
/// begins whose quotes can hardly be its own, since a word touches them from outside, as in
/// `'it's'` and `'O'Brien'`.
///
/// From there on nobody can tell what is a literal and what is not, so all of it has to be taken for
/// one. A statement that was cut off ends inside a literal as well; its quotes touch no words, so
/// that what stands before the last literal stays. Whole statements may have such quotes too, as in
/// `a='x'and b='y'`: they are in no doubt.
///
/// ```
/// use slowlog_event::Dialect;
/// use slowlog_lex::unpaired_quote;
///
/// let broken = b"SELECT a FROM t WHERE b = 'it's a secret'";
/// assert_eq!(unpaired_quote(broken, Dialect::MySql), Some(26));
/// let cut = b"SELECT a FROM t WHERE b = 'x' AND c = 'sec";
/// assert_eq!(unpaired_quote(cut, Dialect::MySql), None);
/// ```
pub fn unpaired_quote(sql: &[u8], dialect: Dialect) -> Option<usize> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut string = None;
    let mut found = None;
    // Where the word ends that is the last token.
    let mut word_end = None;
    loop {
        let token = lexer.next_token();
        let is_behind_word = word_end == Some(token.start);
        word_end = None;
        match token.kind {
            TokenKind::Eof => return found,
            TokenKind::String => {
                if is_behind_word {
                    found = found.or(string).or(Some(token.start));
                }
                string = Some(token.start);
                if sql.get(token.end).is_some_and(|byte| is_word_byte(*byte)) {
                    found = found.or(string);
                }
            }
            TokenKind::Word | TokenKind::Number => word_end = Some(token.end),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_first_quote_that_a_word_touches() {
        for (sql, kept) in [
            ("select 'it's secret' from t", Some("select ")),
            ("select a, 'x', 'O'Brien', 5", Some("select a, 'x', ")),
            ("select 'the users' secret', b", Some("select ")),
            ("select secret'", Some("select secret")),
            ("select \"say \"secret\"", Some("select ")),
            // Cut off, or whole.
            ("select 'a', 'b' and c = 'sec", None),
            ("select 'it''s', 'x", None),
            ("select n'a', x'00', 'sec", None),
            ("select 1 -- it's", None),
            ("select 1", None),
            ("", None),
        ] {
            let place = unpaired_quote(sql.as_bytes(), Dialect::MySql);
            assert_eq!(place.map(|place| &sql[..place]), kept, "{sql}");
        }
        let place =
            unpaired_quote(b"select \"a\"\"b\", E'it\\'s', $$x$$ 'it's'", Dialect::Postgres);
        assert_eq!(place, Some(31));
    }
}
