//! The result of an analysis.

use slowlog_advise::{Advice, Advisor};
use slowlog_digest::{Completeness, Digest, InputSummary, Totals};
use slowlog_event::Dialect;
use slowlog_normalize::NPlusOne;

/// What was found, and what became of every byte.
#[derive(Debug)]
pub struct Analysis {
    /// What the logs say.
    pub digest: Digest,
    /// Loops of queries.
    pub n_plus_one: NPlusOne,
    /// The inputs in the order in which they were given.
    pub inputs: Vec<InputSummary>,
    /// Sums over the inputs.
    pub completeness: Completeness,
}

/// More unrecognised bytes than one in so many make an analysis incomplete.
const TOLERATED_SHARE: u64 = 20;

impl Analysis {
    /// Was all input understood, but for a small share of foreign lines?
    ///
    /// An input that could not be read, or that is in no known format, makes it incomplete. So do
    /// unrecognised bytes: more than 5 % of all, or any at all if `strict`.
    pub fn is_complete(&self, strict: bool) -> bool {
        let unrecognised = self.completeness.unrecognised_bytes;
        let tolerated = if strict { 0 } else { self.completeness.bytes / TOLERATED_SHARE };
        let lost = self
            .inputs
            .iter()
            .flat_map(|input| &input.problems)
            .any(|problem| problem.kind.is_loss());
        !lost && unrecognised <= tolerated && self.completeness.damaged_bytes == 0
    }

    /// The dialect that most of the time was spent in; a schema is in one dialect only.
    pub fn dialect(&self) -> Dialect {
        // Where the log has no times, the number of statements decides.
        let time = |dialect| -> (u64, u64) {
            let queries = self.digest.queries();
            let mine = queries.filter(|(fingerprint, _)| fingerprint.dialect == dialect);
            mine.fold((0, 0), |(time, times), (_, query)| {
                (time.saturating_add(query.duration_us), times + query.besides().untimed)
            })
        };
        if time(Dialect::MySql) > time(Dialect::Postgres) {
            Dialect::MySql
        } else {
            Dialect::Postgres
        }
    }

    /// Missing and superfluous indexes, and rewrites, for the statements of [`Analysis::dialect`].
    pub fn advise(&self, advisor: &Advisor) -> Advice {
        advisor.advise(&self.digest, self.dialect())
    }

    /// Are there executions, and was none of them asked for, nor anything else?
    pub fn is_all_excluded(&self) -> bool {
        self.digest.excluded().executions > 0 && *self.digest.totals() == Totals::default()
    }

    /// Was there anything that an analysis can be made of? An entry of a known format is enough; the
    /// banner that MySQL writes when it opens its log is none.
    pub fn is_analysable(&self) -> bool {
        let totals = self.digest.totals();
        let has_statements =
            totals.executions + totals.statements_without_time + totals.throttled > 0;
        let mut formats = self.inputs.iter().filter_map(|input| input.format);
        formats.any(|format| has_statements || !format.starts_with("mysql"))
    }
}
