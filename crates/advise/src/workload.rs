//! What the log says of a statement, as far as advice needs it.

use slowlog_digest::{Fingerprint, Query};
use slowlog_event::{Counter, Literal};
use slowlog_normalize::access::Access;
use slowlog_normalize::plan::PlanFacts;
use slowlog_normalize::{FingerprintId, PackedShape};

/// A fingerprint with what it took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement<'a> {
    /// Its public id.
    pub(crate) id: FingerprintId,
    /// Executions.
    pub(crate) executions: u64,
    /// Their duration in microseconds.
    pub(crate) duration_us: u64,
    /// What it asks of its tables, see [`Statement::access`].
    pub(crate) shape: &'a PackedShape,
    /// What else is known of it.
    query: &'a Query,
}

impl<'a> Statement<'a> {
    /// A statement of a digest; `None` if no parser knew it or it was not executed.
    pub(crate) fn new(fingerprint: &'a Fingerprint, query: &'a Query) -> Option<Self> {
        let shape = fingerprint.shape.as_ref()?;
        (query.executions > 0 && shape.has_access).then_some(Self {
            id: fingerprint.id,
            shape,
            executions: query.executions,
            duration_us: query.duration_us,
            query,
        })
    }

    /// What it asks of its tables. It is large, so it is unpacked where it is looked at.
    pub(crate) fn access(&self) -> Access {
        self.shape.access().unwrap_or_default()
    }

    /// Mean duration in microseconds.
    pub(crate) fn mean_us(&self) -> f64 {
        self.duration_us as f64 / self.executions.max(1) as f64
    }

    /// The mean of a counter, where the log has it.
    pub(crate) fn mean_of(&self, counter: Counter) -> Option<f64> {
        let sum = self.query.figures()?.counter(counter)?;
        Some(sum.sum as f64 / sum.executions.max(1) as f64)
    }

    /// Has a literal had this value in every execution, and were there at least two?
    pub(crate) fn is_constant(&self, literal: Literal) -> bool {
        self.executions > 1 && self.query.constants().holds(literal)
    }

    /// What the plan of the slowest execution says, of those that the log has a plan of.
    pub(crate) fn plan(&self) -> Option<&'a PlanFacts> {
        self.query.plan()
    }
}
