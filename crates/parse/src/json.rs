//! A scanner for objects of JSON in a line.
//!
//! It hands out what stands between the quotes and never looks at bytes that nobody asks for: a
//! server writes whatever bytes its database has, so the text need not be UTF-8.

use memchr::memchr2;

/// The members of an object, one after the other, as places in the text.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    text: &'a [u8],
    at: usize,
    state: State,
}

/// What is known of the object when its members have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// A member may come.
    Within,
    /// The object is whole and ends before this offset.
    Whole(usize),
    /// The text ends within the object.
    Cut,
    /// This is no JSON.
    Broken,
}

/// The value of a member: where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// A string without its quotes, and whether it has escapes.
    Text((usize, usize), bool),
    /// A number, or a word such as `null`.
    Bare((usize, usize)),
    /// An object or an array.
    Nested(usize),
}

impl<'a> Members<'a> {
    /// The members of the object that begins at `at`.
    #[inline]
    pub(crate) fn new(text: &'a [u8], at: usize) -> Self {
        let mut members = Self { text, at, state: State::Within };
        match text.get(at) {
            Some(b'{') => members.at += 1,
            _ => members.state = State::Broken,
        }
        members
    }

    /// What came of it.
    #[inline]
    pub(crate) fn state(&self) -> State {
        self.state
    }

    #[inline]
    fn end(&mut self, state: State) -> Option<(&'a [u8], Value)> {
        self.state = state;
        None
    }

    /// The next byte that is no blank.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.text.get(self.at) {
            if !byte.is_ascii_whitespace() {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Goes behind the next byte if it is this one.
    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), State> {
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(State::Broken),
            None => Err(State::Cut),
        }
    }

    /// The key of the next member and the colon; `None` at the end of the object.
    #[inline]
    fn key(&mut self) -> Result<Option<&'a [u8]>, State> {
        if self.peek() == Some(b',') {
            self.at += 1;
        }
        if self.peek() == Some(b'}') {
            return Ok(None);
        }
        self.expect(b'"')?;
        let start = self.at;
        let end = string_end(self.text, start).map_err(|_| State::Cut)?.0;
        self.at = end + 1;
        self.expect(b':')?;
        Ok(Some(&self.text[start..end]))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], Value);

    #[inline]
    fn next(&mut self) -> Option<(&'a [u8], Value)> {
        if self.state != State::Within {
            return None;
        }
        let key = match self.key() {
            Ok(Some(key)) => key,
            Ok(None) => return self.end(State::Whole(self.at + 1)),
            Err(state) => return self.end(state),
        };
        let Some(first) = self.peek() else { return self.end(State::Cut) };
        let start = self.at;
        Some((
            key,
            match first {
                b'"' => {
                    let (end, escaped) = match string_end(self.text, start + 1) {
                        Ok((end, escaped)) => {
                            self.at = end + 1;
                            (end, escaped)
                        }
                        Err(escaped) => {
                            self.state = State::Cut;
                            (self.text.len(), escaped)
                        }
                    };
                    Value::Text((start + 1, end), escaped)
                }
                b'{' | b'[' => {
                    match nested_end(self.text, start) {
                        Some(end) => self.at = end,
                        None => self.state = State::Cut,
                    }
                    Value::Nested(start)
                }
                _ => {
                    let rest = &self.text[start..];
                    let end = rest.iter().position(|byte| matches!(byte, b',' | b'}' | b' '));
                    match end {
                        Some(0) => return self.end(State::Broken),
                        Some(len) => self.at = start + len,
                        None => self.state = State::Cut,
                    }
                    Value::Bare((start, start + end.unwrap_or(rest.len())))
                }
            },
        ))
    }
}

/// The closing quote of a string whose inside begins at `start`, and whether there are escapes in
/// it; `Err` where it has no end.
#[inline]
pub(crate) fn string_end(text: &[u8], start: usize) -> Result<(usize, bool), bool> {
    let mut at = start;
    let mut escaped = false;
    // Most strings are short: a loop is quicker than a call.
    while at < text.len().min(start + 24) {
        match text[at] {
            b'"' => return Ok((at, escaped)),
            b'\\' => {
                escaped = true;
                at += 2;
            }
            _ => at += 1,
        }
    }
    while let Some(len) = text.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += len;
        if text[at] == b'"' {
            return Ok((at, escaped));
        }
        escaped = true;
        at += 2;
    }
    Err(escaped)
}

/// Where the object or array that begins at `start` ends.
fn nested_end(text: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = start;
    loop {
        match text.get(at)? {
            b'"' => at = string_end(text, at + 1).ok()?.0,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Appends the plain text of the inside of a string, which may be cut anywhere. Half a surrogate
/// pair becomes U+FFFD.
pub(crate) fn unescape(text: &[u8], plain: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(backslash) = memchr::memchr(b'\\', rest) {
        plain.extend_from_slice(&rest[..backslash]);
        let Some(escape) = rest.get(backslash + 1) else { return };
        rest = &rest[backslash + 2..];
        match escape {
            b'n' => plain.push(b'\n'),
            b't' => plain.push(b'\t'),
            b'r' => plain.push(b'\r'),
            b'b' => plain.push(0x08),
            b'f' => plain.push(0x0c),
            b'u' => {
                let (character, len) = unicode(rest);
                plain.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[len..];
            }
            other => plain.push(*other),
        }
    }
    plain.extend_from_slice(rest);
}

/// The character of `XXXX` behind `\u`, or of `XXXX\uXXXX`, and how long that is.
fn unicode(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let hex = text.get(at..at + 4)?;
        hex.iter().try_fold(0, |unit, byte| Some(unit << 4 | (*byte as char).to_digit(16)?))
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, text.len().min(4)) };
    let second = text.get(4..6).filter(|text| *text == b"\\u").and_then(|_| unit(6));
    match (first, second) {
        (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 10)
        }
        _ => (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> (String, State) {
        let mut members = Members::new(text.as_bytes(), 0);
        let mut found = Vec::new();
        for (key, value) in members.by_ref() {
            let value = match value {
                Value::Text((start, end), escaped) => {
                    format!("{}{}", if escaped { "\\" } else { "" }, &text[start..end])
                }
                Value::Bare((start, end)) => format!("#{}", &text[start..end]),
                Value::Nested(start) => format!("@{}", &text[start..=start]),
            };
            found.push(format!("{}={value}", String::from_utf8_lossy(key)));
        }
        (found.join(" "), members.state())
    }

    #[test]
    fn objects_of_every_shape() {
        for (text, expected, state) in [
            (r"{}", "", State::Whole(2)),
            (r#"{"a":"b","c":-5,"d":null}x"#, "a=b c=#-5 d=#null", State::Whole(25)),
            (r#" {"a":"b"}"#, "", State::Broken),
            (r#"{ "a" : "b" , "c" : 5 }"#, "a=b c=#5", State::Whole(23)),
            (
                r#"{"a":"x\"}\\","b":{"c":"}"},"d":[1,[2]]}"#,
                r#"a=\x\"}\\ b=@{ d=@["#,
                State::Whole(40),
            ),
            (
                r#"{"a":"0123456789012345678901234567\"x","b":1}"#,
                r#"a=\0123456789012345678901234567\"x b=#1"#,
                State::Whole(45),
            ),
            (r#"{"a":"b","c":"d"#, "a=b c=d", State::Cut),
            (r#"{"a":"b","c":{"d":1"#, "a=b c=@{", State::Cut),
            (r#"{"a":"b","c"#, "a=b", State::Cut),
            (r#"{"a":12"#, "a=#12", State::Cut),
            (r#"{"a":"b"#, "a=b", State::Cut),
            (r#"{"a""#, "", State::Cut),
            ("{", "", State::Cut),
            ("[1]", "", State::Broken),
            ("{a:1}", "", State::Broken),
            (r#"{"a",}"#, "", State::Broken),
            ("", "", State::Broken),
        ] {
            assert_eq!(members(text), (expected.to_owned(), state), "{text}");
        }
    }

    #[test]
    fn escapes() {
        for (text, expected) in [
            (r#"a\nb\tc\rd\be\ff\"\\\/"#, "a\nb\tc\rd\u{8}e\u{c}f\"\\/"),
            (r"\u00e9\u0001\u20AC", "é\u{1}€"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\ud83dx \ude00 \ud83d\u0041", "\u{fffd}x \u{fffd} \u{fffd}A"),
            (r"\u12", "\u{fffd}"),
            (r"\uzzzz!", "\u{fffd}!"),
            ("cut\\", "cut"),
            ("é", "é"),
            ("", ""),
        ] {
            let mut plain = Vec::new();
            unescape(text.as_bytes(), &mut plain);
            assert_eq!(String::from_utf8_lossy(&plain), expected, "{text}");
        }
    }
}
