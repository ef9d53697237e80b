//! Making text from a log safe to show.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// The text with everything that could steer a terminal or hide itself made visible: control
/// characters, bidirectional overrides, zero-width characters and line separators as `\u{…}`,
/// bytes that are no UTF-8 as `\xNN`. Blanks, tabs and newlines become one blank each.
///
/// ```
/// assert_eq!(slowlog_report::visible(b"a\x1b[31mb\xff\n"), "a\\u{1b}[31mb\\xff ");
/// ```
pub fn visible(text: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\t' | '\n' | '\r' => shown.push(' '),
                _ if is_treacherous(character) => {
                    // Writing to a String cannot fail.
                    let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
                }
                _ => shown.push(character),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// Text as a string; bytes that are no UTF-8 as `\xNN`, so that different texts stay different.
pub(crate) fn string(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.utf8_chunks().fold(String::new(), |mut all, chunk| {
            all.push_str(chunk.valid());
            for byte in chunk.invalid() {
                let _ = write!(all, "\\x{byte:02x}");
            }
            all
        }),
    }
}

fn is_treacherous(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x2069
            | 0xfe00..=0xfe0f | 0xfeff | 0xfff9..=0xfffb | 0xe0000..=0xe0fff)
}

/// The first columns of a text that was made visible, with `…` where it was cut.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let mut fitted = String::new();
    let mut used = 0;
    let mut characters = text.chars();
    for character in characters.by_ref() {
        let width = character.width().unwrap_or(0);
        if used + width > columns {
            // Make room for the mark.
            while used + 1 > columns {
                let Some(last) = fitted.pop() else { return fitted };
                used -= last.width().unwrap_or(0);
            }
            fitted.push('…');
            return fitted;
        }
        used += width;
        fitted.push(character);
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        let hostile = "\u{1b}]8;;http://x\u{7}\u{202e}txt\u{2066}\u{200b}\u{9b}31m\0\u{2028}é日";
        let shown = visible(hostile.as_bytes());
        assert!(!shown.chars().any(is_treacherous), "{shown}");
        assert!(shown.ends_with("é日"));
        assert_eq!(visible(b"\xc3("), "\\xc3(");
    }

    #[test]
    fn texts_fit() {
        for (text, columns, fitted) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 4, "日…"),
            ("日本", 4, "日本"),
            ("ab", 0, ""),
        ] {
            assert_eq!(fit(text, columns), fitted);
        }
    }
}
