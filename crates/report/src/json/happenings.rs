//! What happened beside executions.

use serde::Serialize;
use slowlog_digest::MaintenanceTotal;
use slowlog_event::{Maintenance, Timestamp};
use slowlog_normalize::FingerprintId;

use super::StatePart;
use crate::happenings::{ErrorState, Lock};
use crate::visible::string;

#[derive(Serialize)]
pub(super) struct ErrorPart {
    #[serde(flatten)]
    state: StatePart,
    queries: Vec<FingerprintId>,
    /// Of the query that failed most often.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Serialize)]
pub(super) struct LockPart {
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<FingerprintId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<String>,
    waits: u64,
    waited_us: u64,
    max_us: u64,
}

#[derive(Serialize)]
pub(super) struct TempFilesPart {
    pub(super) query: FingerprintId,
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) max_bytes: u64,
}

#[derive(Serialize)]
pub(super) struct MaintenancePart {
    kind: &'static str,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_us: Option<u64>,
    bucket_us: u64,
    buckets: Vec<MaintenanceBucket>,
}

#[derive(Serialize)]
pub(super) struct MaintenanceBucket {
    at: String,
    count: u64,
}

impl ErrorPart {
    pub(super) fn new(state: &ErrorState<'_>) -> Self {
        Self {
            state: StatePart { state: state.code.to_string(), count: state.count },
            queries: state.queries.iter().map(|query| query.id).collect(),
            text: state.queries.first().map(|query| string(&query.text)),
        }
    }
}

impl LockPart {
    pub(super) fn new(lock: &Lock<'_>) -> Self {
        Self {
            query: lock.query.map(|query| query.id),
            lock: lock.kind.map(|kind| kind.to_string()),
            waits: lock.waits.waits,
            waited_us: lock.waits.waited_us,
            max_us: lock.waits.max_us,
        }
    }
}

impl MaintenancePart {
    pub(super) fn new((kind, total): (Maintenance, &MaintenanceTotal)) -> Self {
        let bucket =
            |(at, count): (Timestamp, u64)| MaintenanceBucket { at: at.to_string(), count };
        Self {
            kind: kind.word(),
            count: total.count,
            duration_us: total.duration_us,
            max_us: total.max_us,
            bucket_us: total.bucket_us(),
            buckets: total.buckets().map(bucket).collect(),
        }
    }
}
