//! What happened beside executions, by query: errors, waits for locks, temporary files.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use slowlog_digest::{Fingerprint, LockWaits, Query};
use slowlog_event::{ErrorCode, FingerprintIndex, LockKind};

use crate::model::Report;

/// Queries that are named of one code of an error.
const MOST_QUERIES: usize = 20;

/// Errors of one code.
#[derive(Debug)]
pub(crate) struct ErrorState<'a> {
    pub(crate) code: ErrorCode,
    pub(crate) count: u64,
    /// The queries that failed with it, the one that did most often first.
    pub(crate) queries: Vec<&'a Fingerprint>,
}

/// Waits of one query for one kind of lock.
#[derive(Debug)]
pub(crate) struct Lock<'a> {
    pub(crate) query: Option<&'a Fingerprint>,
    pub(crate) kind: Option<LockKind>,
    pub(crate) waits: LockWaits,
}

impl<'a> Report<'a> {
    /// Errors by code, the most frequent first.
    pub(crate) fn error_states(&self) -> Vec<ErrorState<'a>> {
        let mut failed: BTreeMap<ErrorCode, Vec<(u64, &'a Fingerprint)>> = BTreeMap::new();
        for (fingerprint, query) in self.digest.named_queries() {
            for (code, count) in query.figures().map_or(&[][..], |figures| figures.codes()) {
                failed.entry(*code).or_default().push((*count, fingerprint));
            }
        }
        let mut states: Vec<_> = self
            .digest
            .errors_by_code()
            .iter()
            .map(|(code, count)| {
                let mut queries = failed.remove(code).unwrap_or_default();
                queries.sort_by_key(|(count, query)| (Reverse(*count), query.id));
                queries.truncate(MOST_QUERIES);
                let queries = queries.into_iter().map(|(_, query)| query).collect();
                ErrorState { code: *code, count: *count, queries }
            })
            .collect();
        states.sort_by_key(|state| (Reverse(state.count), state.code));
        states
    }

    /// Waits for locks, the longest in all first.
    pub(crate) fn locks(&self) -> Vec<Lock<'a>> {
        let named = |index: FingerprintIndex| self.digest.fingerprints.get(index);
        let mut locks: Vec<_> = self
            .digest
            .locks()
            .iter()
            .map(|(query, kind, waits)| Lock { query: query.and_then(named), kind, waits: *waits })
            .collect();
        locks.sort_by_key(|lock| {
            let id = lock.query.map(|query| query.id);
            (Reverse((lock.waits.waited_us, lock.waits.waits)), id, lock.kind)
        });
        locks
    }

    /// The queries that wrote temporary files, the one that wrote most first.
    pub(crate) fn temp_files_by_query(&self) -> Vec<(&'a Fingerprint, &'a Query)> {
        let mut queries: Vec<_> = self
            .digest
            .named_queries()
            .filter(|(_, query)| query.besides().temp_files > 0)
            .collect();
        queries.sort_by_key(|(fingerprint, query)| {
            (Reverse(query.besides().temp_bytes), fingerprint.id)
        });
        queries
    }
}
