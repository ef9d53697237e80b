//! The bind parameters of a DETAIL entry.

use nom::character::complete::{char, u32 as number};
use nom::combinator::opt;
use nom::sequence::delimited;
use nom::{IResult, Parser};

use slowlog_lex::string_end;

use super::message::word;

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

impl<'a> Iterator for BindParameters<'a> {
    type Item = (u32, Option<&'a [u8]>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (rest, parameter) = parameter(self.rest).ok()?;
        self.rest = rest;
        Some(parameter)
    }
}

#[inline]
fn parameter(input: &[u8]) -> IResult<&[u8], (u32, Option<&[u8]>)> {
    let (input, number) = delimited(char('$'), number, word(b" = ")).parse_complete(input)?;
    let (input, value) = if input.first() == Some(&b'\'') {
        // A value of a text that was cut has no end.
        let end = string_end(input, 0, false);
        let value = &input[1..end.map_or(input.len(), |end| end - 1)];
        (&input[end.unwrap_or(input.len())..], Some(value))
    } else {
        let (input, _) = word(b"NULL")(input)?;
        (input, None)
    };
    let (input, _) = opt(word(b", ")).parse_complete(input)?;
    Ok((input, (number, value)))
}

#[cfg(test)]
mod tests {
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
            ("$1 = 'cut...'", "1=cut..."),
            ("$1 = 'no end", "1=no end"),
            ("$1 = 5", ""),
            ("", ""),
        ] {
            assert_eq!(list(text), expected, "{text}");
        }
    }
}
