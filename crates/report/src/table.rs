//! A table of text columns.

use unicode_width::UnicodeWidthStr;

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Pads every cell to the width of its column; the last column is left as it is.
pub(crate) fn lay_out(rows: &[Vec<String>], aligns: &[Align]) -> Vec<String> {
    let widths: Vec<usize> = (0..aligns.len())
        .map(|column| {
            rows.iter().map(|row| row.get(column).map_or(0, |cell| cell.width())).max().unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let padding = " ".repeat(widths[column].saturating_sub(cell.width()));
                let last = column + 1 == row.len();
                match aligns[column] {
                    Align::Right => line.extend([padding.as_str(), cell]),
                    Align::Left if last => line.push_str(cell),
                    Align::Left => line.extend([cell.as_str(), &padding]),
                }
                if !last {
                    line.push_str("  ");
                }
            }
            line
        })
        .collect()
}

/// The width of everything but the last column.
pub(crate) fn width_before_last(rows: &[Vec<String>], columns: usize) -> usize {
    (0..columns - 1)
        .map(|column| {
            rows.iter().map(|row| row.get(column).map_or(0, |cell| cell.width())).max().unwrap_or(0)
                + 2
        })
        .sum()
}
