//! What the log of a report can show.

use slowlog_digest::Seen;
use slowlog_event::{Counter, Dialect};
use slowlog_normalize::StatementKind;

use crate::model::Report;

impl Report<'_> {
    /// Are there writes among the executions? `None` without an execution.
    pub(crate) fn writes(&self) -> Option<Seen> {
        let writes = self.all_rows().any(|(fingerprint, query)| {
            query.executions > 0
                && matches!(
                    fingerprint.shape.as_ref().map(|shape| shape.kind),
                    Some(
                        StatementKind::Insert
                            | StatementKind::Update
                            | StatementKind::Delete
                            | StatementKind::Merge
                    )
                )
        });
        self.all_rows().next().map(|_| if writes { Seen::Yes } else { Seen::No })
    }

    /// Waits for locks: entries of their own, or a figure of each statement.
    pub(crate) fn lock_waits(&self) -> Seen {
        self.or_counter(self.digest.visibility().lock_waits(), Counter::LockTime)
    }

    /// Temporary files: entries of their own, or a figure of each statement.
    pub(crate) fn temp_files(&self) -> Seen {
        self.or_counter(self.digest.visibility().temp_files(), Counter::TmpDiskTables)
    }

    fn or_counter(&self, seen: Seen, counter: Counter) -> Seen {
        let counted = self.digest.figures().counter(counter).map_or(0, |sum| sum.executions);
        match (seen, counted) {
            (Seen::No, 0) | (Seen::Yes, _) => seen,
            (_, all) if all == self.digest.totals().executions => Seen::Yes,
            _ => Seen::Partly,
        }
    }

    /// Which transaction a statement belongs to: by the server's number of it, or since the
    /// session's BEGIN and COMMIT are in the log.
    pub(crate) fn transactions(&self) -> Seen {
        let visibility = self.digest.visibility();
        let numbered = visibility.transactions();
        if numbered == Seen::Yes || visibility.sessions() == Seen::No {
            return numbered;
        }
        let runs = |words: [&[u8]; 2]| {
            self.all_rows().any(|(fingerprint, query)| {
                let text = &*fingerprint.text;
                query.executions > 0 && words.iter().any(|word| text.starts_with(word))
            })
        };
        let marked = runs([b"begin", b"start transaction"]) && runs([b"commit", b"end"]);
        let every_statement =
            visibility.threshold_us() == Some(0) && visibility.sampling().is_none();
        match (marked, numbered) {
            (true, _) if every_statement => Seen::Yes,
            (false, Seen::No) => Seen::No,
            _ => Seen::Partly,
        }
    }

    /// Does the log seem to have no threshold? Nobody sets one that is this short.
    pub(crate) fn logs_every_statement(&self) -> bool {
        const SHORTER_THAN_THRESHOLDS_US: u64 = 1_000;
        let shortest = self.digest.visibility().shortest();
        shortest.is_some_and(|shortest| shortest.0 < SHORTER_THAN_THRESHOLDS_US)
    }

    /// Executions of this dialect that took at least so long.
    pub(crate) fn executions_over(&self, dialect: Dialect, micros: u64) -> u64 {
        let least = slowlog_digest::bucket_of(micros);
        let slow = self.all_rows().filter(|(fingerprint, query)| {
            fingerprint.dialect == dialect && query.max_us >= micros
        });
        slow.map(|(_, query)| query.blocks.executions_from(least)).sum()
    }
}
