//! How a log table is written, and how that is found.

use memchr::memmem;
use slowlog_event::Stamped;

use super::column::{Column, GENERAL_LOG, SLOW_LOG};
use super::reader::TableReader;
use super::row::{next_row, row};
use super::values::Values;
use crate::fate::End;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A line a row, its fields parted by a comma, a semicolon or a TAB.
    Separated {
        separator: u8,
        /// A quote in a value is doubled, and a backslash is a backslash, as spreadsheets and
        /// clients write; else a backslash escapes, as servers write.
        quotes_double: bool,
    },
    /// Rows in parentheses of an INSERT statement.
    Dump,
}

/// A log table of MySQL in one of the forms in which it leaves the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableForm {
    pub(super) shape: Shape,
    pub(super) columns: Vec<Column>,
    /// The place of the statement among them.
    pub(super) text_place: usize,
}

impl TableForm {
    /// `None` if too little stands before the statement to tell a row by.
    pub(super) fn new(shape: Shape, columns: Vec<Column>) -> Option<Self> {
        let text_place = columns.iter().position(|column| *column == Column::Text)?;
        let has = |column: Column| columns.contains(&column);
        let says_enough =
            has(Column::QueryTime) || has(Column::QueryMillis) || has(Column::Command);
        let before = &columns[..text_place];
        let forms = [
            Column::Time,
            Column::UserHost,
            Column::QueryTime,
            Column::QueryMillis,
            Column::Command,
        ];
        let strict = before.iter().filter(|column| forms.contains(column)).count();
        (says_enough && strict >= 2).then_some(Self { shape, columns, text_place })
    }

    /// Is it the general log, which has no times?
    pub fn is_general(&self) -> bool {
        self.columns.contains(&Column::Command)
    }

    /// What the stamps of rows are stamps of. MySQL calls the end `start_time`, by its source
    /// (`current_utime`); the thirteenth column is MariaDB's, and milliseconds are Azure's.
    pub(super) fn stamped(&self) -> Stamped {
        let has = |column| self.columns.contains(&column);
        match () {
            () if has(Column::QueryMillis) => Stamped::Start,
            () if has(Column::RowsAffected) => Stamped::ByMariaDb,
            () => Stamped::End,
        }
    }

    /// The form of a table with a row a line, from the first bytes of a file.
    pub(crate) fn detect_separated(sample: &[u8]) -> Option<Self> {
        let mut best: Option<(u64, Self)> = None;
        for separator in [b',', b'\t', b';'] {
            for quotes_double in [false, true] {
                let shape = Shape::Separated { separator, quotes_double };
                for form in forms(sample, shape) {
                    let parsed = parsed_mostly(sample, &form);
                    if best.as_ref().map_or(0, |(most, _)| *most) < parsed {
                        best = Some((parsed, form));
                    }
                }
            }
        }
        best.map(|(_, form)| form)
    }

    /// The form of a dump, from parts of a file. Where both tables are in it, that with the times
    /// counts.
    pub(crate) fn detect_dump(parts: &[&[u8]]) -> Option<Self> {
        for columns in [&SLOW_LOG[..], &GENERAL_LOG] {
            for part in parts {
                let named = named_columns(part, columns[columns.len() - 1] == Column::Text);
                let form = TableForm::new(Shape::Dump, named.unwrap_or_else(|| columns.to_vec()));
                let form = form.and_then(|form| form.narrowed(part));
                if let Some(form) = form.filter(|form| parsed_mostly(part, form) > 0) {
                    return Some(form);
                }
            }
        }
        None
    }

    /// With as many columns as the first row has.
    fn narrowed(mut self, sample: &[u8]) -> Option<Self> {
        let first = next_row(sample, 0, &self)?;
        let mut at = self.columns.len();
        while at > self.text_place + 1 {
            let fewer = Self { columns: self.columns[..at - 1].to_vec(), ..self.clone() };
            let mut values = Values::default();
            let whole = matches!(row(sample, first, &self, &mut values), Some(End::At(_)));
            if !whole || values.get(self.columns[at - 1]).is_some() {
                break;
            }
            self = fewer;
            at -= 1;
        }
        Some(self)
    }
}

/// The forms that a sample may have: by the names in its first line, else as the server has them.
fn forms(sample: &[u8], shape: Shape) -> Vec<TableForm> {
    if let Some(named) = header(sample, shape) {
        return TableForm::new(shape, named).into_iter().collect();
    }
    [&SLOW_LOG[..], &GENERAL_LOG]
        .into_iter()
        .filter_map(|columns| TableForm::new(shape, columns.to_vec())?.narrowed(sample))
        .collect()
}

/// The columns by the names in the first line.
pub(super) fn header(sample: &[u8], shape: Shape) -> Option<Vec<Column>> {
    let Shape::Separated { separator, .. } = shape else { return None };
    let line = sample.trim_ascii_start().split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    columns_of(line, separator, b'"')
}

/// The columns of `INSERT INTO slow_log (…)`.
fn named_columns(sample: &[u8], general: bool) -> Option<Vec<Column>> {
    let table: &[u8] = if general { b"general_log" } else { b"slow_log" };
    memmem::find_iter(sample, table).find_map(|at| {
        let rest = &sample[at + table.len()..];
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b"`").or(rest.strip_prefix(b"\"")).unwrap_or(rest);
        let list = rest.trim_ascii_start().strip_prefix(b"(")?;
        let list = &list[..list.iter().take(LONGEST_LIST).position(|byte| *byte == b')')?];
        columns_of(list, b',', b'`')
    })
}

/// A list of names of columns has not more bytes.
const LONGEST_LIST: usize = 4096;

/// The columns of a list of names; `None` if it is none.
fn columns_of(list: &[u8], separator: u8, quote: u8) -> Option<Vec<Column>> {
    if list.len() > LONGEST_LIST {
        return None;
    }
    let unquoted = |name: &[u8]| {
        let name = name.trim_ascii();
        let inner = name.strip_prefix(&[quote]).and_then(|name| name.strip_suffix(&[quote]));
        Column::named(inner.unwrap_or(name))
    };
    let columns: Vec<Column> = list.split(|byte| *byte == separator).map(unquoted).collect();
    columns.contains(&Column::Text).then_some(columns)
}

/// The bytes of rows in a sample; none if there is more of something else.
fn parsed_mostly(sample: &[u8], form: &TableForm) -> u64 {
    let account = TableReader::new(form).read(sample, true, true, |_| {});
    let wrong = account.unrecognised_bytes + account.damaged_bytes;
    if account.entries > 0 && account.parsed_bytes > wrong { account.parsed_bytes } else { 0 }
}
