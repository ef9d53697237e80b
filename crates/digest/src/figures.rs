//! What is known of a fingerprint, or of the whole log, beyond times: counters of the server, and
//! what sampling left out.

use slowlog_event::{Counter, ErrorCode, Execution, Micros};

/// How many codes of errors are kept of a fingerprint.
const MOST_CODES: usize = 16;
/// Percona Server logs what takes longer than this whatever the sampling, unless
/// `slow_query_log_always_write_time` says otherwise; the log does not tell.
const ALWAYS_WRITTEN: Micros = Micros(10_000_000);
const MILLION: u128 = 1_000_000;

/// Sums of one counter over the executions whose entry has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterSum {
    /// Which.
    pub counter: Counter,
    /// Executions whose entry has it.
    pub executions: u64,
    /// Sum.
    pub sum: u64,
    /// The largest.
    pub max: u64,
}

/// Which share of the statements a server logs, in millionths; at least 1, at most a million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleRate(u32);

impl SampleRate {
    /// `None` for 0 and for more than a million.
    pub fn from_millionths(millionths: u32) -> Option<Self> {
        (1..=1_000_000).contains(&millionths).then_some(Self(millionths))
    }
}

/// How many executions an execution stands for, in millionths; `None` for itself alone.
///
/// What the log says of itself comes before `rate`, what the user says of it.
pub(crate) fn stands_for(execution: &Execution<'_>, rate: Option<SampleRate>) -> Option<u128> {
    match execution.slow.and_then(|entry| entry.sampling) {
        Some(_) if execution.duration > ALWAYS_WRITTEN => None,
        Some(sampling) => Some(u128::from(sampling.limit) * MILLION),
        None => rate.map(|rate| MILLION * MILLION / u128::from(rate.0)),
    }
}

/// Counters, errors and estimates.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    counters: Vec<CounterSum>,
    codes: Vec<(ErrorCode, u64)>,
    /// What sampling left out, in millionths of executions and of microseconds.
    left_out: Option<(u128, u128)>,
}

impl Figures {
    /// Counters that any execution had.
    pub fn counters(&self) -> &[CounterSum] {
        &self.counters
    }

    /// The sums of a counter, if any execution had it.
    pub fn counter(&self, counter: Counter) -> Option<&CounterSum> {
        self.counters.iter().find(|known| known.counter == counter)
    }

    /// Errors by code, in the order in which they were seen.
    pub fn codes(&self) -> &[(ErrorCode, u64)] {
        &self.codes
    }

    /// Executions and microseconds that the sampling of the log left out, by estimate; `None` if
    /// it did not sample.
    pub fn left_out(&self) -> Option<(u64, u64)> {
        let whole =
            |value: u128| u64::try_from((value + MILLION / 2) / MILLION).unwrap_or(u64::MAX);
        self.left_out.map(|(executions, micros)| (whole(executions), whole(micros)))
    }

    #[inline]
    pub(crate) fn add(&mut self, execution: &Execution<'_>, stands_for: Option<u128>) {
        let counters = execution.slow.map_or(&[][..], |entry| entry.counters);
        for (place, (counter, value)) in counters.iter().enumerate() {
            // Entries of one server have the same counters in the same order.
            let known = match self.counters.get(place) {
                Some(known) if known.counter == *counter => place,
                _ => self.place(*counter),
            };
            let sum = &mut self.counters[known];
            sum.executions += 1;
            sum.sum = sum.sum.saturating_add(*value);
            sum.max = sum.max.max(*value);
        }
        if let Some(stands_for) = stands_for {
            let (executions, micros) = self.left_out.get_or_insert((0, 0));
            let others = stands_for - MILLION;
            *executions += others;
            *micros = micros.saturating_add(others * u128::from(execution.duration.0));
        }
    }

    /// Adds the counters and estimates of others.
    pub(crate) fn merge(&mut self, other: &Self) {
        for one in &other.counters {
            let place = self.place(one.counter);
            let all = &mut self.counters[place];
            all.executions += one.executions;
            all.sum = all.sum.saturating_add(one.sum);
            all.max = all.max.max(one.max);
        }
        if let Some((executions, micros)) = other.left_out {
            let (all_executions, all_micros) = self.left_out.get_or_insert((0, 0));
            *all_executions += executions;
            *all_micros = all_micros.saturating_add(micros);
        }
    }

    fn place(&mut self, counter: Counter) -> usize {
        self.counters.iter().position(|known| known.counter == counter).unwrap_or_else(|| {
            self.counters.push(CounterSum { counter, executions: 0, sum: 0, max: 0 });
            self.counters.len() - 1
        })
    }

    pub(crate) fn count_error(&mut self, code: ErrorCode) {
        if let Some((_, count)) = self.codes.iter_mut().find(|(known, _)| *known == code) {
            *count += 1;
        } else if self.codes.len() < MOST_CODES {
            self.codes.push((code, 1));
        }
    }
}
