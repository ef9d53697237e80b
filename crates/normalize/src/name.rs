//! Names: numbered tables, and quotes that are not needed.

use slowlog_event::Dialect;
use slowlog_lex::Keyword;

/// Appends a name with `$` for what makes each table of a family different: runs of two or more
/// digits, segments of eight or more hex digits, and what looks like a UUID. The name never comes
/// to begin with `$`, which begins other tokens.
pub(crate) fn fold(name: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < name.len() {
        let segment_starts = at == 0 || is_separator(name[at - 1]);
        if segment_starts && at > 0 {
            let len = random_segment(&name[at..]);
            if len > 0 {
                out.push(b'$');
                at += len;
                continue;
            }
        }
        let digits = name[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits >= 2 && at > 0 {
            out.push(b'$');
            at += digits;
        } else {
            let len = digits.max(1);
            out.extend_from_slice(&name[at..at + len]);
            at += len;
        }
    }
}

fn is_separator(byte: u8) -> bool {
    byte == b'_' || byte == b'-'
}

/// The length of a UUID or of a segment of hex digits at the start of `rest`; 0 for none.
fn random_segment(rest: &[u8]) -> usize {
    let segment = |at: usize| {
        rest.get(at..).unwrap_or_default().iter().take_while(|byte| !is_separator(**byte)).count()
    };
    let is_hex = |at: usize, len: usize| rest[at..at + len].iter().all(u8::is_ascii_hexdigit);
    let mut at = 0;
    for len in [8, 4, 4, 4, 12] {
        if segment(at) != len || !is_hex(at, len) {
            at = 0;
            break;
        }
        at += len + 1;
    }
    if at > 0 {
        return at - 1;
    }
    let len = segment(0);
    let digits = rest[..len].iter().filter(|byte| byte.is_ascii_digit()).count();
    if len >= 8 && digits >= 2 && is_hex(0, len) { len } else { 0 }
}

/// What the content of a quoted name needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Quotes {
    /// The same name as the word without quotes, maybe a keyword that is not reserved.
    NotNeeded(Keyword),
    /// Another name than without quotes, or none.
    Needed,
}

/// Would the content of a quoted name mean the same without its quotes?
pub(crate) fn quotes(content: &[u8], dialect: Dialect) -> Quotes {
    let folds = dialect.folds_quoted_identifiers();
    let inside = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'_' | b'$')
            || byte >= 0x80
            || folds && byte.is_ascii_uppercase()
    };
    let begins = content
        .first()
        .is_some_and(|byte| inside(*byte) && !byte.is_ascii_digit() && *byte != b'$');
    if !begins || !content.iter().all(|byte| inside(*byte)) {
        return Quotes::Needed;
    }
    let keyword = Keyword::of(content);
    if keyword.is_reserved() { Quotes::Needed } else { Quotes::NotNeeded(keyword) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold() {
        for (name, folded) in [
            ("orders_2024_01", "orders_$_$"),
            ("t_1", "t_1"),
            ("log20240131", "log$"),
            ("2024_orders", "2024_orders"),
            ("tmp_a1b2c3d4", "tmp_$"),
            ("tmp_abcdefab", "tmp_abcdefab"),
            ("tmp_a1b2c3d4x", "tmp_a1b2c3d4x"),
            ("t_550e8400_e29b_41d4_a716_446655440000", "t_$"),
            ("t_550e8400_e29b_41d4_a716", "t_$_e$b_$d4_a$"),
            ("dc786da1fead11f_loading", "dc$da1fead$f_loading"),
            ("", ""),
        ] {
            let mut out = Vec::new();
            fold(name.as_bytes(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), folded, "{name}");
            let mut again = Vec::new();
            fold(&out, &mut again);
            assert_eq!(again, out, "{name}");
        }
    }

    #[test]
    fn quotes_go_where_they_mean_nothing() {
        let not_needed = Quotes::NotNeeded(Keyword::NONE);
        for (content, postgres, mysql) in [
            ("users", not_needed, not_needed),
            ("Users", Quotes::Needed, not_needed),
            ("order", Quotes::Needed, Quotes::Needed),
            ("a b", Quotes::Needed, Quotes::Needed),
            ("table-1", Quotes::Needed, Quotes::Needed),
            ("1a", Quotes::Needed, Quotes::Needed),
            ("$a", Quotes::Needed, Quotes::Needed),
            ("", Quotes::Needed, Quotes::Needed),
        ] {
            assert_eq!(quotes(content.as_bytes(), Dialect::Postgres), postgres, "{content}");
            assert_eq!(quotes(content.as_bytes(), Dialect::MySql), mysql, "{content}");
        }
    }
}
