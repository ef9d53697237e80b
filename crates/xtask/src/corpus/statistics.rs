//! How far a generated log is like the logs that slowlog is measured on.

use super::Truth;
use super::shape::Shape;
use super::writer::{LARGE_BYTES, SESSIONS};

/// Sums over executions.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    statements: u64,
    statement_bytes: u64,
    prepared: u64,
    multi_line: u64,
    commented: u64,
    traced: u64,
    large: u64,
}

impl Statistics {
    pub(super) fn statement(&mut self, shape: &Shape, bytes: usize) {
        self.statements += 1;
        self.statement_bytes += bytes as u64;
        self.prepared += u64::from(shape.prepared);
        self.multi_line += u64::from(shape.multi_line);
        self.commented += u64::from(shape.commented);
        self.traced += u64::from(shape.traced);
        self.large += u64::from(bytes >= LARGE_BYTES);
    }

    /// Beside the figures wanted: 500 MB of such a log, brought to this log's size.
    pub(super) fn print(&self, truth: &Truth) {
        let scale = truth.bytes as f64 / 500e6;
        let statements = self.statements as f64;
        let rows = [
            ("entries", truth.entries as f64, 1_719_875.0 * scale),
            ("duration events", truth.duration_events as f64, 1_242_815.0 * scale),
            ("lines", truth.lines as f64, 3_265_339.0 * scale),
            ("bytes a line", truth.bytes as f64 / truth.lines as f64, 153.0),
            ("bytes a statement", self.statement_bytes as f64 / statements, 264.9),
            ("statements of 1 MB", self.large as f64, 5.0 * scale),
            ("sessions", truth.totals.sessions.unwrap_or_default() as f64, SESSIONS as f64),
        ];
        println!("{:<20} {:>12} {:>12} {:>7}", "", "achieved", "wanted", "ratio");
        for (name, achieved, wanted) in rows {
            println!("{name:<20} {achieved:>12.0} {wanted:>12.0} {:>7.3}", achieved / wanted);
        }
        // Shapes are chosen evenly; a few hot ones make the shares of executions differ from that.
        for (name, part, wanted) in [
            ("prepared", self.prepared, 45),
            ("multi-line", self.multi_line, 30),
            ("leading comment", self.commented, 15),
            ("trailing traceparent", self.traced, 5),
        ] {
            let percent = part as f64 / statements * 100.0;
            println!("{name:<20} {percent:>9.1} % {:>12} of shapes", format!("{wanted} %"));
        }
    }
}
