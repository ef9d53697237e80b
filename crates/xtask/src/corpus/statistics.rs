//! How far a generated log is like the logs that slowlog is measured on.

use super::Truth;
use super::shape::Shape;
use super::writer::{LARGE_BYTES, SESSIONS};
use crate::engine::Engine;

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

    /// Beside the figures wanted, where there are any.
    pub(super) fn print(&self, truth: &Truth, engine: Engine) {
        let scale = truth.bytes as f64 / 500e6;
        let statements = self.statements as f64;
        let wanted = wanted(engine);
        let scaled = |figure: Option<f64>| figure.map(|figure| figure * scale);
        let rows = [
            ("entries", truth.entries as f64, scaled(Some(wanted.entries))),
            ("duration events", truth.duration_events as f64, scaled(wanted.duration_events)),
            ("lines", truth.lines as f64, scaled(wanted.lines)),
            (
                "bytes a line",
                truth.bytes as f64 / truth.lines as f64,
                wanted.lines.map(|lines| 500e6 / lines),
            ),
            ("bytes a statement", self.statement_bytes as f64 / statements, wanted.statement_bytes),
            (
                "bytes an entry",
                truth.bytes as f64 / truth.entries as f64,
                Some(500e6 / wanted.entries),
            ),
            ("statements of 1 MB", self.large as f64, scaled(Some(5.0))),
            ("sessions", truth.totals.sessions.unwrap_or_default() as f64, wanted.sessions),
        ];
        println!("{:<20} {:>12} {:>12} {:>7}", "", "achieved", "wanted", "ratio");
        for (name, achieved, wanted) in rows {
            match wanted {
                Some(wanted) => println!(
                    "{name:<20} {achieved:>12.0} {wanted:>12.0} {:>7.3}",
                    achieved / wanted
                ),
                None => println!("{name:<20} {achieved:>12.0} {:>12} {:>7}", "-", "-"),
            }
        }
        // Shapes are chosen evenly; a few hot ones make the shares of executions differ from that.
        for (name, part, wanted) in [
            ("prepared", self.prepared, wanted.prepared_percent),
            ("multi-line", self.multi_line, 30),
            ("leading comment", self.commented, 15),
            ("trailing traceparent", self.traced, 5),
        ] {
            let percent = part as f64 / statements * 100.0;
            println!("{name:<20} {percent:>9.1} % {:>12} of shapes", format!("{wanted} %"));
        }
    }
}

/// Of 500 MB of log.
struct Wanted {
    entries: f64,
    duration_events: Option<f64>,
    lines: Option<f64>,
    statement_bytes: Option<f64>,
    sessions: Option<f64>,
    prepared_percent: u32,
}

fn wanted(engine: Engine) -> Wanted {
    match engine {
        Engine::Postgres => Wanted {
            entries: 1_719_875.0,
            duration_events: Some(1_242_815.0),
            lines: Some(3_265_339.0),
            statement_bytes: Some(264.9),
            sessions: Some(SESSIONS as f64),
            prepared_percent: 45,
        },
        // 400 bytes an entry, of which about half is its head.
        Engine::Mysql => Wanted {
            entries: 1_250_000.0,
            duration_events: None,
            lines: None,
            statement_bytes: Some(200.0),
            sessions: None,
            prepared_percent: 0,
        },
    }
}
