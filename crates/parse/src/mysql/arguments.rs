//! The values of a prepared statement, as TiDB writes them behind its text.
//!
//! `SELECT … WHERE id BETWEEN ? AND ? [arguments: (1, "x")]`, without parentheses where there is
//! only one (`PlanCacheParamList` of TiDB).

use memchr::memmem;

const MARK: &[u8] = b" [arguments: ";

/// Parts a statement from the list of its values. No statement of SQL ends like that.
#[inline]
pub(super) fn split_arguments(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(inner) = text.strip_suffix(b"]") else { return (text, None) };
    match memmem::rfind(inner, MARK) {
        Some(mark) => (&inner[..mark], Some(&inner[mark + MARK.len()..])),
        None => (text, None),
    }
}

/// The values of a list such as `(1, "it's", NULL)`, in their order, strings without their quotes.
///
/// ```
/// let values: Vec<_> = slowlog_parse::statement_arguments(br#"(1, "a, \"b\"", NULL)"#).collect();
/// assert_eq!(values, [&b"1"[..], br#"a, \"b\""#, b"NULL"]);
/// assert_eq!(slowlog_parse::statement_arguments(b"5").next(), Some(&b"5"[..]));
/// ```
pub fn statement_arguments(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let inner = list.strip_prefix(b"(").and_then(|list| list.strip_suffix(b")"));
    let mut rest = Some(inner.unwrap_or(list));
    std::iter::from_fn(move || {
        let text = rest?.trim_ascii_start();
        let mut end = 0;
        let mut in_quotes = false;
        while let Some(byte) = text.get(end) {
            match byte {
                b'\\' if in_quotes => end += 1,
                b'"' => in_quotes = !in_quotes,
                b',' if !in_quotes => break,
                _ => {}
            }
            end += 1;
        }
        let end = end.min(text.len());
        rest = text.get(end + 1..);
        let value = text[..end].trim_ascii();
        let quoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
        (!value.is_empty()).then(|| quoted.unwrap_or(value))
    })
}
