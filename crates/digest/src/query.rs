//! What is known of one fingerprint.

use slowlog_event::{Execution, Incident, IncidentKind, Timestamp};
use slowlog_normalize::plan::PlanFacts;

use crate::actors::ActorNames;
use crate::blocks::TimeBlocks;
use crate::constants::Constants;
use crate::figures::Figures;
use crate::histogram::bucket_of;

/// How many users, databases and applications are kept of a fingerprint.
const MOST_NAMES: usize = 48;
/// How many query ids of the server are kept of a fingerprint.
const MOST_SERVER_IDS: usize = 4;

/// The text of the slowest execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The statement in its own layout; every literal is `?` unless the analysis was told to keep
    /// them.
    pub text: Box<[u8]>,
    /// Is the text cut?
    pub truncated: bool,
    /// Its duration in microseconds.
    pub duration_us: u64,
    /// When it ended.
    pub at: Option<Timestamp>,
    /// Index of the input.
    pub input: u32,
    /// Line of that input.
    pub line: u64,
    /// The stored routine that ran it, where the log says.
    pub routine: Option<Box<[u8]>>,
    /// Its plan as the log has it: the rows of `# explain:` lines.
    pub plan: Option<Box<[u8]>>,
}

/// Which text a [`Sample`] has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SampleText {
    /// No samples.
    None,
    /// Every literal is `?`.
    #[default]
    Redacted,
    /// As it stands in the log.
    Raw,
}

/// What a plan says, and how long the statement took.
#[derive(Debug, Clone)]
struct Plan {
    took_us: u64,
    facts: PlanFacts,
}

/// Statistics of one fingerprint. Durations are in microseconds.
///
/// What every execution touches comes first, in as few cache lines as it can: executions of
/// different fingerprints follow one another, so each of them waits for memory.
#[derive(Debug, Clone, Default)]
#[repr(C, align(64))]
pub struct Query {
    /// Executions.
    pub executions: u64,
    /// Their durations, those of fetches included.
    pub duration_us: u64,
    /// The shortest execution.
    pub min_us: u64,
    /// The longest.
    pub max_us: u64,
    /// End of the first execution.
    pub first_seen: Option<Timestamp>,
    /// End of the last one.
    pub last_seen: Option<Timestamp>,
    /// The first 128 actors, to look at the names of each but once.
    actors_seen: u128,
    constants: Option<Box<Constants>>,
    /// Executions by time and duration.
    pub blocks: TimeBlocks,
    /// Durations of fetches from suspended portals.
    pub fetch_us: u64,
    /// Times that it was logged without how long it took: among no executions.
    pub untimed: u64,
    /// Errors.
    pub errors: u64,
    /// Executions that the server ended.
    pub killed: u64,
    /// Temporary files.
    pub temp_files: u64,
    /// Their sizes in bytes.
    pub temp_bytes: u64,
    /// The largest.
    pub temp_max_bytes: u64,
    /// Ids that the server gave it.
    pub server_ids: Vec<i64>,
    /// The slowest execution.
    pub sample: Option<Sample>,
    /// What the plan of the slowest execution says that the log has one of.
    plan: Option<Box<Plan>>,
    names: Vec<u32>,
    figures: Option<Box<Figures>>,
}

impl Query {
    /// What the plan of the slowest execution says, of those that the log has a plan of.
    pub fn plan(&self) -> Option<&PlanFacts> {
        self.plan.as_deref().map(|plan| &plan.facts)
    }

    /// Keeps what a plan says, if it is of a slower execution than the one before.
    pub(crate) fn observe_plan(&mut self, took_us: u64, plan: &[u8]) {
        if self.plan.as_ref().is_some_and(|known| known.took_us >= took_us) {
            return;
        }
        let facts = PlanFacts::read(plan);
        if !facts.is_empty() {
            self.plan = Some(Box::new(Plan { took_us, facts }));
        }
    }

    /// Adds an execution. Returns whether it is the slowest so far, so that its text is wanted.
    #[inline]
    pub(crate) fn add(
        &mut self,
        execution: &Execution<'_>,
        stands_for: Option<u128>,
        names: impl FnOnce() -> ActorNames,
    ) -> bool {
        let micros = execution.duration.0;
        let slowest = self.executions == 0 || micros > self.max_us;
        self.min_us = if self.executions == 0 { micros } else { self.min_us.min(micros) };
        self.max_us = self.max_us.max(micros);
        if self.executions == 0 {
            let some = !execution.literals.is_empty();
            self.constants = some.then(|| Box::new(Constants::new(execution.literals)));
        } else if let Some(constants) = &mut self.constants {
            constants.observe(execution.literals);
            if constants.is_empty() {
                self.constants = None;
            }
        }
        self.executions += 1;
        self.duration_us = self.duration_us.saturating_add(micros);
        let second = execution.end.map_or(0, |end| end.0.div_euclid(1_000_000));
        self.blocks.add(second, micros, bucket_of(micros));
        self.see(execution, names);
        if let Some(id) = execution.query_id
            && !self.server_ids.contains(&id)
            && self.server_ids.len() < MOST_SERVER_IDS
        {
            self.server_ids.push(id);
        }
        if execution.slow.is_some() || stands_for.is_some() {
            self.figures.get_or_insert_default().add(execution, stands_for);
        }
        slowest
    }

    /// Adds a statement that the log has no time of. Returns whether its text is wanted.
    pub(crate) fn add_untimed(
        &mut self,
        execution: &Execution<'_>,
        names: impl FnOnce() -> ActorNames,
    ) -> bool {
        self.untimed += 1;
        self.see(execution, names);
        self.sample.is_none()
    }

    /// Takes note of when it was seen, and of whose it is.
    #[inline]
    fn see(&mut self, execution: &Execution<'_>, names: impl FnOnce() -> ActorNames) {
        if let Some(end) = execution.end {
            self.first_seen = Some(self.first_seen.map_or(end, |first| first.min(end)));
            self.last_seen = Some(self.last_seen.map_or(end, |last| last.max(end)));
        }
        let bit = 1u128.checked_shl(execution.actor.0).unwrap_or(0);
        if self.actors_seen & bit == 0 {
            self.actors_seen |= bit;
            // The client is left out: of a fingerprint it says nothing.
            for name in names().into_iter().take(3).flatten() {
                if !self.names.contains(&name) && self.names.len() < MOST_NAMES {
                    self.names.push(name);
                }
            }
        }
    }

    pub(crate) fn count(&mut self, incident: &Incident) {
        match incident.kind {
            IncidentKind::Fetch(duration) => {
                self.fetch_us = self.fetch_us.saturating_add(duration.0);
                self.duration_us = self.duration_us.saturating_add(duration.0);
            }
            IncidentKind::Error { code, .. } => {
                self.errors += 1;
                if let Some(code) = code {
                    self.figures.get_or_insert_default().count_error(code);
                }
            }
            IncidentKind::Killed(..) => self.killed += 1,
            IncidentKind::TemporaryFile(bytes) => {
                self.temp_files += 1;
                self.temp_bytes = self.temp_bytes.saturating_add(bytes);
                self.temp_max_bytes = self.temp_max_bytes.max(bytes);
            }
            _ => {}
        }
    }

    /// Counters, errors and estimates, if it has any.
    pub fn figures(&self) -> Option<&Figures> {
        self.figures.as_deref()
    }

    /// The literals that never varied, if there are any.
    pub fn constants(&self) -> Option<&Constants> {
        self.constants.as_deref()
    }

    /// Indexes of the users, databases and applications that ran it, see
    /// [`Actors::name`](crate::Actors::name).
    pub fn names(&self) -> impl Iterator<Item = u32> {
        self.names.iter().copied()
    }

    /// Mean duration of an execution, half up, fetches left out. `None` without an execution.
    pub fn mean_us(&self) -> Option<u64> {
        let executed = u128::from(self.duration_us - self.fetch_us);
        let executions = u128::from(self.executions);
        (executions > 0).then(|| ((executed * 2 + executions) / (executions * 2)) as u64)
    }

    /// Standard deviation of the durations of the whole population, half up. `None` without an
    /// execution.
    pub fn stddev_us(&self) -> Option<u64> {
        let n = u128::from(self.executions);
        if n == 0 {
            return None;
        }
        let squares: u128 = self.blocks.blocks().iter().map(|block| block.squares).sum();
        let sum: u128 =
            self.blocks.blocks().iter().map(|block| u128::from(block.duration_us)).sum();
        // n² times the variance; where it would not fit, the terms are divided first.
        let four_times = match (squares.checked_mul(n), sum.checked_mul(sum)) {
            (Some(a), Some(b)) => a.saturating_sub(b).checked_mul(4).map(|v| v / n / n),
            _ => None,
        };
        let four_times = four_times.unwrap_or_else(|| {
            (squares / n).saturating_sub((sum / n).saturating_pow(2)).saturating_mul(4)
        });
        // The root of four times the variance is twice the deviation, which rounds half up.
        Some((four_times.isqrt().div_ceil(2)) as u64)
    }
}
