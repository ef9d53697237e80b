//! A reader that is told which statements are known finds what it finds by itself.

use proptest::prelude::*;
use slowlog_event::{Body, Dialect, Event, Position};
use slowlog_normalize::{Normalizer, Seen};
use slowlog_parse::{Account, Sink, SlowLogReader};

const HEADS: [&str; 3] = [
    "# Time: 2026-03-02T00:00:01.000000Z\n",
    "# User@Host: app[app] @ web [10.0.0.1]  Id: 7\n",
    "# Query_time: 0.5  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 2\nSET timestamp=1772409601;\n",
];

/// Whole statements, parts of some, and quotes too many.
const STATEMENTS: [&str; 14] = [
    "SELECT 1;\n",
    "SELECT 'a';\n",
    "SELECT 'b;\n",
    "c' FROM t;\n",
    "SELECT \"it's\" FROM `t`;\n",
    "SELECT 'O\\'Brien', 'it''s';\n",
    "SELECT 1 -- it's\n;\n",
    "SELECT 1 # it's\n;\n",
    "/* it's */ SELECT 2;\n",
    "SELECT /* open;\n",
    "*/ 3;\n",
    "SELECT `a;\n",
    "SELECT 'a\\';\n",
    "SELECT 'x;\n# Time: 2026-03-02T00:00:01.000000Z\n# User@Host: a[a] @ b []\n' FROM t;\n",
];

/// Normalises what it is given, and knows it from then on.
struct Knowing {
    normalizer: Normalizer,
    seen: Option<(Vec<u8>, Seen)>,
    events: Vec<(Position, Vec<u8>)>,
    told: usize,
}

impl Sink for Knowing {
    fn event(&mut self, event: &Event<'_>) {
        let text = statement(event);
        let seen = self.seen.take().filter(|(known, _)| *known == text);
        let fresh = Normalizer::new(Dialect::MySql).normalize(&text).text.to_vec();
        let normalized = match seen {
            Some((_, seen)) => self.normalizer.normalize_seen(seen, &text),
            None => self.normalizer.normalize(&text),
        };
        assert_eq!(normalized.text, fresh);
        self.events.push((event.position, text));
    }

    fn ends_outside(&mut self, statement: &[u8]) -> bool {
        self.seen = self.normalizer.look_up(statement).map(|seen| (statement.to_vec(), seen));
        self.told += usize::from(self.seen.is_some());
        self.seen.is_some()
    }
}

fn statement(event: &Event<'_>) -> Vec<u8> {
    match &event.body {
        Body::Slow(entry) => entry.text.to_vec(),
        _ => Vec::new(),
    }
}

/// Reads a log in both ways; how many statements were known.
fn check(log: &str) -> usize {
    let mut events = Vec::new();
    let account: Account = SlowLogReader::default().read(log.as_bytes(), true, true, |event| {
        events.push((event.position, statement(event)));
    });
    let normalizer = Normalizer::new(Dialect::MySql);
    let mut knowing = Knowing { normalizer, seen: None, events: Vec::new(), told: 0 };
    let told = SlowLogReader::default().read_into(log.as_bytes(), true, true, &mut knowing);
    assert_eq!(knowing.events, events, "{log}");
    assert_eq!(format!("{told:?}"), format!("{account:?}"), "{log}");
    knowing.told
}

#[test]
fn most_statements_are_known_when_they_come_again() {
    let entry = |n| format!("{}SELECT a FROM t WHERE id = {n} AND b = 'x{n}';\n", HEADS.concat());
    let entries: Vec<String> = (0..50).map(entry).collect();
    assert_eq!(check(&entries.concat()), 48);
}

proptest! {
    #[test]
    fn what_is_known_changes_nothing(
        entries in prop::collection::vec(
            (0..6usize, prop::collection::vec(0..STATEMENTS.len(), 0..3)),
            1..40,
        )
    ) {
        let mut log = String::new();
        for (head, statements) in entries {
            // Mostly whole heads.
            log.extend(HEADS.iter().skip(head.saturating_sub(3)).copied());
            log.extend(statements.iter().map(|place| STATEMENTS[*place]));
        }
        check(&log);
    }
}
