//! The bind parameters of a DETAIL entry.

use slowlog_event::Literal;
use slowlog_lex::{string_end, string_literal};

use super::fields::decimal;

/// Iterates over `$1 = 'x', $2 = NULL` as the number of each parameter and its text as it stands
/// in the log, quotes doubled; `None` for NULL. Ends at the first thing that is no parameter.
#[derive(Debug, Clone)]
pub struct BindParameters<'a> {
    rest: &'a [u8],
}

/// The parameters of a list such as `$1 = 'it''s', $2 = NULL`.
///
/// ```
/// let mut parameters = slowlog_parse::bind_parameters(b"$1 = 'it''s, $2 = 5', $2 = NULL");
/// assert_eq!(parameters.next(), Some((1, Some(&b"it''s, $2 = 5"[..]))));
/// assert_eq!(parameters.next(), Some((2, None)));
/// assert_eq!(parameters.next(), None);
/// ```
pub fn bind_parameters(list: &[u8]) -> BindParameters<'_> {
    BindParameters { rest: list }
}

/// `$`, a digit, and ` = '`: what mostly stands before a value, all at once.
const SHORT: u64 = u64::from_le_bytes(*b"$\0 = '\0\0");
const SHORT_MASK: u64 = u64::from_le_bytes(*b"\xff\0\xff\xff\xff\xff\0\0");
/// Without the quote, with which the value begins.
const SHORT_LEN: usize = 5;

impl BindParameters<'_> {
    /// The value of the next parameter; that of NULL is the one of the word `null`.
    ///
    /// ```
    /// use slowlog_event::Literal;
    ///
    /// let mut parameters = slowlog_parse::bind_parameters(b"$1 = '25', $2 = NULL");
    /// assert_eq!(parameters.next_literal(), Literal::int(25));
    /// assert_eq!(parameters.next_literal(), Some(Literal::from_text(b"null")));
    /// assert_eq!(parameters.next_literal(), None);
    /// ```
    #[inline]
    pub fn next_literal(&mut self) -> Option<Literal> {
        // Most have one digit.
        if let Some(first) = self.rest.first_chunk()
            && u64::from_le_bytes(*first) & SHORT_MASK == SHORT
            && first[1].is_ascii_digit()
            && let value = &self.rest[SHORT_LEN..]
            && let Some((literal, len)) = string_literal(value, false)
        {
            self.rest = without_comma(&value[len..]);
            return Some(literal);
        }
        let (_, value) = self.next()?;
        Some(Literal::from_text(value.unwrap_or(b"null")))
    }
}

#[inline]
fn without_comma(list: &[u8]) -> &[u8] {
    list.strip_prefix(b", ").unwrap_or(list)
}

impl<'a> Iterator for BindParameters<'a> {
    type Item = (u32, Option<&'a [u8]>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (number, len) = decimal(self.rest.strip_prefix(b"$")?)?;
        let value = self.rest[1 + len..].strip_prefix(b" = ")?;
        let (value, rest) = if value.first() == Some(&b'\'') {
            // A value of a text that was cut has no end.
            let end = string_end(value, 0, false);
            let text = &value[1..end.map_or(value.len(), |end| end - 1)];
            (Some(text), &value[end.unwrap_or(value.len())..])
        } else {
            (None, value.strip_prefix(b"NULL")?)
        };
        self.rest = without_comma(rest);
        Some((u32::try_from(number).unwrap_or(u32::MAX), value))
    }
}

#[cfg(test)]
mod tests {
    use slowlog_event::Literal;

    use super::bind_parameters;

    #[test]
    fn lists_of_every_shape() {
        let list = |text: &'static str| {
            bind_parameters(text.as_bytes())
                .map(|(number, value)| {
                    format!("{number}={}", value.map_or("NULL".into(), String::from_utf8_lossy))
                })
                .collect::<Vec<_>>()
                .join("|")
        };
        for (text, expected) in [
            (
                "$1 = '25', $2 = 'it''s, $1 = ''x'', $2 = 5\n\tsecond line'",
                "1=25|2=it''s, $1 = ''x'', $2 = 5\n\tsecond line",
            ),
            ("$1 = '', $2 = NULL, $10 = 'x'", "1=|2=NULL|10=x"),
            (
                "$1 = '1', $2 = 'a''b', $3 = '1234567', $4 = '12345678'",
                "1=1|2=a''b|3=1234567|4=12345678",
            ),
            ("$1 = 'cut...'", "1=cut..."),
            ("$1 = 'no end", "1=no end"),
            ("$1 = 5", ""),
            ("", ""),
        ] {
            assert_eq!(list(text), expected, "{text}");
            let mut literals = bind_parameters(text.as_bytes());
            for (_, value) in bind_parameters(text.as_bytes()) {
                let literal = Literal::from_text(value.unwrap_or(b"null"));
                assert_eq!(literals.next_literal(), Some(literal), "{text}");
            }
            assert_eq!(literals.next_literal(), None, "{text}");
        }
    }
}
