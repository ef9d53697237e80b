//! What is known of one fingerprint.

use slowlog_event::{ActorId, Execution, Incident, IncidentKind, Timestamp};
use slowlog_normalize::plan::PlanFacts;

use crate::actors::{ActorNames, Actors, NameKind};
use crate::blocks::TimeBlocks;
use crate::constants::Constants;
use crate::digest::widen;
use crate::figures::Figures;

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
    /// What a slow log says of it besides.
    pub slow: Option<Box<SlowSample>>,
}

/// What a slow log says of the slowest execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowSample {
    /// The stored routine that ran it.
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
/// different fingerprints follow one another, so each of them waits for memory. There can be a great
/// many fingerprints, most of them with few executions and nothing [besides](Query::besides).
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
    /// Ends of the first and of the last execution.
    seen: Option<(Timestamp, Timestamp)>,
    besides: Option<Box<Besides>>,
    /// Which of the first 128 actors ran it.
    actors_seen: u128,
    constants: Constants,
    /// Executions by time and duration.
    pub blocks: TimeBlocks,
    /// The slowest execution.
    pub sample: Option<Sample>,
}

/// What few fingerprints have. Durations are in microseconds.
#[derive(Debug, Clone, Default)]
pub struct Besides {
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
    /// What the plan of the slowest execution says that the log has one of.
    plan: Option<Box<Plan>>,
    figures: Option<Figures>,
    /// Names of actors beyond the first 128.
    names: Vec<u32>,
}

static NOTHING_BESIDES: Besides = Besides {
    fetch_us: 0,
    untimed: 0,
    errors: 0,
    killed: 0,
    temp_files: 0,
    temp_bytes: 0,
    temp_max_bytes: 0,
    server_ids: Vec::new(),
    plan: None,
    figures: None,
    names: Vec::new(),
};

impl Query {
    /// What few fingerprints have.
    pub fn besides(&self) -> &Besides {
        self.besides.as_deref().unwrap_or(&NOTHING_BESIDES)
    }

    fn besides_mut(&mut self) -> &mut Besides {
        self.besides.get_or_insert_default()
    }

    /// End of the first execution.
    pub fn first_seen(&self) -> Option<Timestamp> {
        self.seen.map(|(first, _)| first)
    }

    /// End of the last execution.
    pub fn last_seen(&self) -> Option<Timestamp> {
        self.seen.map(|(_, last)| last)
    }

    /// What the plan of the slowest execution says, of those that the log has a plan of.
    pub fn plan(&self) -> Option<&PlanFacts> {
        self.besides().plan.as_deref().map(|plan| &plan.facts)
    }

    /// Keeps what a plan says, if it is of a slower execution than the one before.
    pub(crate) fn observe_plan(&mut self, took_us: u64, plan: &[u8]) {
        let known = self.besides().plan.as_ref();
        if known.is_some_and(|known| known.took_us >= took_us) {
            return;
        }
        let facts = PlanFacts::read(plan);
        if !facts.is_empty() {
            self.besides_mut().plan = Some(Box::new(Plan { took_us, facts }));
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
            self.constants = Constants::new(execution.literals);
        } else {
            self.constants.observe(execution.literals);
        }
        self.executions += 1;
        self.duration_us = self.duration_us.saturating_add(micros);
        let second = execution.end.map_or(0, |end| end.0.div_euclid(1_000_000));
        self.blocks.add(second, micros);
        self.see(execution, names);
        if let Some(id) = execution.query_id {
            let ids = &mut self.besides_mut().server_ids;
            if !ids.contains(&id) && ids.len() < MOST_SERVER_IDS {
                ids.push(id);
            }
        }
        if execution.slow.is_some() || stands_for.is_some() {
            let besides = self.besides_mut();
            besides.figures.get_or_insert_default().add(execution, stands_for);
        }
        slowest
    }

    /// Adds a statement that the log has no time of. Returns whether its text is wanted.
    pub(crate) fn add_untimed(
        &mut self,
        execution: &Execution<'_>,
        names: impl FnOnce() -> ActorNames,
    ) -> bool {
        self.besides_mut().untimed += 1;
        self.see(execution, names);
        self.sample.is_none()
    }

    /// Takes note of when it was seen, and of whose it is.
    #[inline]
    fn see(&mut self, execution: &Execution<'_>, names: impl FnOnce() -> ActorNames) {
        if let Some(end) = execution.end {
            widen(&mut self.seen, end, end);
        }
        match 1u128.checked_shl(execution.actor.0) {
            Some(bit) => self.actors_seen |= bit,
            None => {
                for name in named(names()) {
                    let known = &mut self.besides_mut().names;
                    if !known.contains(&name) && known.len() < MOST_NAMES {
                        known.push(name);
                    }
                }
            }
        }
    }

    pub(crate) fn count(&mut self, incident: &Incident) {
        match incident.kind {
            IncidentKind::Fetch(duration) => {
                let fetch_us = &mut self.besides_mut().fetch_us;
                *fetch_us = fetch_us.saturating_add(duration.0);
                self.duration_us = self.duration_us.saturating_add(duration.0);
            }
            IncidentKind::Error { code, .. } => {
                let besides = self.besides_mut();
                besides.errors += 1;
                if let Some(code) = code {
                    besides.figures.get_or_insert_default().count_error(code);
                }
            }
            IncidentKind::Killed(..) => self.besides_mut().killed += 1,
            IncidentKind::TemporaryFile(bytes) => {
                let besides = self.besides_mut();
                besides.temp_files += 1;
                besides.temp_bytes = besides.temp_bytes.saturating_add(bytes);
                besides.temp_max_bytes = besides.temp_max_bytes.max(bytes);
            }
            _ => {}
        }
    }

    /// Counters, errors and estimates, if it has any.
    pub fn figures(&self) -> Option<&Figures> {
        self.besides().figures.as_ref()
    }

    /// The literals that never varied.
    pub fn constants(&self) -> &Constants {
        &self.constants
    }

    /// The users, databases and applications that ran it, each kind in order.
    pub fn names<'a>(&self, actors: &'a Actors) -> Vec<(NameKind, &'a [u8])> {
        let seen = (0..u128::BITS).filter(|actor| self.actors_seen >> actor & 1 != 0);
        let seen = seen.flat_map(|actor| named(actors.names_of(ActorId(actor))));
        let mut known = Vec::new();
        for name in seen.chain(self.besides().names.iter().copied()) {
            if known.len() < MOST_NAMES && !known.contains(&name) {
                known.push(name);
            }
        }
        let mut names: Vec<_> = known.into_iter().filter_map(|name| actors.name(name)).collect();
        names.sort_unstable();
        names
    }

    /// Mean duration of an execution, half up, fetches left out. `None` without an execution.
    pub fn mean_us(&self) -> Option<u64> {
        let executed = u128::from(self.duration_us - self.besides().fetch_us);
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
        let (sum, squares) = self.blocks.sums();
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

/// The client is left out: of a fingerprint it says nothing.
fn named(names: ActorNames) -> impl Iterator<Item = u32> {
    names.into_iter().take(3).flatten()
}
