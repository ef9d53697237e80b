//! What differs between the logs of the engines, as one trait.

use super::clock::Clock;
use super::random::Random;
use super::rendered::Rendered;
use super::shape::Shape;
use super::{Share, Truth};

/// Executions and their time.
pub(super) type Sum = (u64, u64);

/// What entries are written onto, and all that they draw on.
pub(super) struct Page {
    pub(super) random: Random,
    pub(super) clock: Clock,
    /// The statement at hand.
    pub(super) rendered: Rendered,
    /// The entries being put together; written, and counted, when they are whole.
    pub(super) entry: Vec<u8>,
    /// Bytes of the log before `entry`.
    pub(super) bytes: u64,
    /// Lines that begin an entry.
    pub(super) entries: u64,
    /// Entries with a duration.
    pub(super) duration_events: u64,
}

/// A connection.
pub(super) struct Session {
    pub(super) user: usize,
    pub(super) database: usize,
    pub(super) application: usize,
    /// What each of its entries repeats.
    pub(super) prefix: Vec<u8>,
    pub(super) executed: bool,
}

/// The names that sessions have, by index.
pub(super) struct Names {
    pub(super) users: &'static [&'static str],
    pub(super) databases: &'static [&'static str],
    pub(super) applications: &'static [&'static str],
}

/// How an engine writes down what was executed.
pub(super) trait Form {
    fn page(&self, random: Random) -> Page;

    fn names(&self) -> Names;

    /// A new connection; `number` tells it from the others.
    fn connect(&mut self, number: usize, random: &mut Random) -> Session;

    /// Microseconds until the next entry.
    fn step(&self, random: &mut Random) -> u64;

    /// One execution of the rendered statement, which took `us`.
    fn execution(&mut self, page: &mut Page, session: &mut Session, shape: &Shape, us: u64);

    /// What happens now and then besides; the time of it where it counts as an execution.
    fn incident(&mut self, page: &mut Page, session: &mut Session, shape: &Shape) -> Option<u64>;

    /// Adds what only the form has counted.
    fn finish(self, truth: &mut Truth, applications: Vec<Share>);
}

impl Page {
    pub(super) fn new(random: Random, clock: Clock, rendered: Rendered) -> Self {
        let entry = Vec::new();
        Self { random, clock, rendered, entry, bytes: 0, entries: 0, duration_events: 0 }
    }
}
