//! Fields of a prefix or a column, by their own forms.

use super::language;

/// `3/40`, the backend and its transaction, and how long it is; no transaction is `3/0`.
#[inline]
pub(super) fn virtual_transaction(text: &[u8]) -> Option<(Option<u64>, usize)> {
    let (backend, backend_len) = decimal(text)?;
    let (local, local_len) = decimal(text[backend_len..].strip_prefix(b"/")?)?;
    Some(((local != 0).then_some(backend << 40 ^ local), backend_len + 1 + local_len))
}

/// A name, unless the server has none or does not know it yet.
#[inline]
pub(super) fn name(text: &[u8]) -> Option<&[u8]> {
    match text {
        b"" | b"[unknown]" => None,
        [b'[', ..] if language::is_unknown(text) => None,
        _ => Some(text),
    }
}

/// A SQLSTATE is five digits and capital letters; every one has a digit, unlike `ERROR`.
#[inline]
pub(super) fn is_state(state: [u8; 5]) -> bool {
    state.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && state.iter().any(u8::is_ascii_digit)
}

#[inline]
pub(crate) fn decimal(text: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    let mut len = 0;
    while let Some(digit) = text.get(len).map(|byte| byte.wrapping_sub(b'0')).filter(|d| *d < 10) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        len += 1;
    }
    (len > 0).then_some((value, len))
}

#[inline]
pub(super) fn hexadecimal(text: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    let mut len = 0;
    while let Some(digit) = text.get(len).and_then(|byte| (*byte as char).to_digit(16)) {
        value = value << 4 | u64::from(digit);
        len += 1;
    }
    (len > 0 && len <= 16).then_some((value, len))
}
