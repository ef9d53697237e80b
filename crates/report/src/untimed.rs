//! Statements of a log that does not say how long they took.

use std::io::{self, Write};

use crate::model::Report;
use crate::table::Align;
use crate::terminal::{plural, table};
use crate::units::count;
use crate::visible::visible;

/// The statements of a log that has no times, by their number.
pub(crate) fn queries(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let text = |text: &[u8]| match text {
        b"" => "(empty statement)".to_owned(),
        text => visible(text),
    };
    let mut cells = vec![["#", "id", "statements", "query"].map(str::to_owned).to_vec()];
    cells.extend(report.rows().enumerate().map(|(place, row)| {
        vec![
            (place + 1).to_string(),
            row.fingerprint.id.to_string()[..8].to_owned(),
            count(row.query.besides().untimed),
            text(&row.fingerprint.text),
        ]
    }));
    let (more, statements, _) = report.left_out();
    if more > 0 {
        let more = plural(more, "more fingerprint");
        cells.push(vec![String::new(), "MISC".to_owned(), count(statements), more]);
    }
    writeln!(out)?;
    table(cells, &[Align::Right, Align::Left, Align::Right, Align::Left], width, out)?;
    writeln!(out)
}
