//! Where rows begin and end.

use memchr::{memchr, memrchr};

use super::column::Column;
use super::field::{Ending, field};
use super::form::{Shape, TableForm};
use super::values::{Code, Value, Values};
use crate::fate::End;
use crate::mysql::account::account_and_client;
use crate::mysql::counters::number;
use crate::mysql::stamp::time_of_day;
use slowlog_event::Micros;

/// No field before the statement is longer: names have 64 characters, a host 255.
const LONGEST_FIELD: usize = 2048;

/// Reads the row that begins at `at`; `None` if none does. What stands before the statement is in
/// one line, and each field has a form of its own.
#[inline]
pub(super) fn row(block: &[u8], at: usize, form: &TableForm, values: &mut Values) -> Option<End> {
    if !is_likely(block.get(at..)?, form) {
        return None;
    }
    let mut at = if form.shape == Shape::Dump { at + 1 } else { at };
    for place in 0.. {
        let column = form.columns.get(place).copied().unwrap_or(Column::Other);
        let is_head = place < form.text_place;
        let limit = if is_head { block.len().min(at + LONGEST_FIELD) } else { block.len() };
        let (value, ending) = field(&block[..limit], at, form.shape);
        if is_head && !fits(block, column, value) {
            return None;
        }
        values.set(column, value);
        match ending {
            Ending::Field(next) => at = next,
            _ if is_head => return None,
            Ending::Row(end) => return Some(End::At(end)),
            Ending::Cut => return Some(End::Within(place)),
            Ending::Broken => return Some(End::Broken),
        }
    }
    None
}

/// Most places that begin no row are told by their first bytes.
#[inline]
fn is_likely(rest: &[u8], form: &TableForm) -> bool {
    let rest = match (form.shape, rest) {
        (Shape::Dump, [b'(', b'\'', rest @ ..] | [b'(', rest @ ..]) => rest,
        (Shape::Dump, _) => return false,
        (Shape::Separated { .. }, [b'"', rest @ ..] | rest) => rest,
    };
    form.columns.first() != Some(&Column::Time) || rest.first().is_some_and(u8::is_ascii_digit)
}

/// Has the value the form of its column?
fn fits(block: &[u8], column: Column, value: Option<Value>) -> bool {
    let Some(value) = value else { return true };
    let text = &block[value.start..value.end];
    if value.code == Code::Hex {
        return matches!(column, Column::UserHost | Column::Database | Column::Other);
    }
    if memchr(b'\n', text).is_some() {
        return false;
    }
    match column {
        // As clients print it, be it not in a form that is a time for slowlog.
        Column::Time => text.first().is_some_and(u8::is_ascii_digit) && text.contains(&b':'),
        Column::UserHost => text.is_empty() || account_and_client(text).is_some(),
        Column::QueryTime | Column::LockTime => {
            time_of_day(text).or_else(|| Micros::from_seconds_text(text)).is_some()
        }
        Column::QueryMillis | Column::LockMillis => Micros::from_millis_text(text).is_some(),
        Column::Number
        | Column::Thread
        | Column::RowsSent
        | Column::RowsExamined
        | Column::RowsAffected => {
            let digits = text.strip_prefix(b"-").unwrap_or(text);
            text.is_empty() || number(digits).is_some()
        }
        Column::Command => {
            let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'_');
            !text.is_empty() && text.len() <= 32 && text.iter().all(is_letter)
        }
        Column::Database | Column::Client | Column::Text | Column::Other => true,
    }
}

/// May a row begin at `at`? Forms with backslashes have one before each line end of a value.
fn may_begin(block: &[u8], at: usize, shape: Shape) -> bool {
    match shape {
        Shape::Separated { quotes_double: false, .. } => {
            let before = block[..at].strip_suffix(b"\n").unwrap_or_default();
            before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0
        }
        _ => true,
    }
}

fn is_row(block: &[u8], at: usize, form: &TableForm) -> bool {
    may_begin(block, at, form.shape) && row(block, at, form, &mut Values::default()).is_some()
}

/// The offset of the first row from `from` on, which in lines is the start of one.
pub(super) fn next_row(block: &[u8], from: usize, form: &TableForm) -> Option<usize> {
    let mut at = from;
    loop {
        if form.shape == Shape::Dump {
            at += memchr(b'(', block.get(at..)?)?;
        }
        if is_row(block, at, form) {
            return Some(at);
        }
        at += match form.shape {
            Shape::Dump => 1,
            Shape::Separated { .. } => memchr(b'\n', block.get(at..)?)? + 1,
        };
        if at >= block.len() {
            return None;
        }
    }
}

/// The offset of the last place where a row begins.
pub(super) fn previous_row(block: &[u8], form: &TableForm) -> Option<usize> {
    let mut end = block.len();
    loop {
        let start = match form.shape {
            Shape::Dump => memrchr(b'(', &block[..end])?,
            Shape::Separated { .. } => memrchr(b'\n', &block[..end]).map_or(0, |at| at + 1),
        };
        if is_row(block, start, form) {
            return Some(start);
        }
        end = match form.shape {
            Shape::Dump => start,
            Shape::Separated { .. } => start.checked_sub(1)?,
        };
    }
}
