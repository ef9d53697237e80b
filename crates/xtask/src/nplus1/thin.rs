//! The same log as servers write it that log less.

use std::collections::HashSet;

use crate::corpus::random::{Random, mix};

use super::labels::{Label, count_turns};
use super::record::Recorded;

/// What a server leaves out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Thin {
    /// Nothing.
    Whole,
    /// What takes less than so many milliseconds. Parse and bind go with their execution.
    Threshold(f64),
    /// All but so many statements in a hundred, those that take the longest: what a threshold of a
    /// slower server leaves.
    Slowest(usize),
    /// So many statements in a hundred are logged.
    Statements(u64),
    /// So many transactions in a hundred are logged; a statement outside of one is one.
    Transactions(u64),
}

impl Thin {
    pub(super) const ALL: &'static [Self] = &[
        Self::Whole,
        Self::Threshold(0.2),
        Self::Threshold(1.0),
        Self::Threshold(10.0),
        Self::Threshold(100.0),
        Self::Threshold(1000.0),
        Self::Slowest(50),
        Self::Slowest(20),
        Self::Slowest(5),
        Self::Statements(50),
        Self::Statements(10),
        Self::Transactions(50),
        Self::Transactions(10),
    ];

    /// Of some variants only the whole log is looked at.
    pub(super) fn is_for(self, variant: &str) -> bool {
        self == Self::Whole
            || matches!(
                variant,
                "pg-django"
                    | "pg-hibernate"
                    | "pg-hot"
                    | "pg-pool-any"
                    | "pg-pool-rows"
                    | "my-laravel"
            )
    }

    pub(super) fn name(self) -> String {
        match self {
            Self::Whole => String::new(),
            Self::Threshold(millis) => format!(" {millis} ms"),
            Self::Slowest(share) => format!(" slowest {share} %"),
            Self::Statements(share) => format!(" {share} % of statements"),
            Self::Transactions(share) => format!(" {share} % of transactions"),
        }
    }

    /// The same by a number, where a part of a log tells it.
    fn of(self, labels: &[Label]) -> Self {
        let Self::Slowest(share) = self else { return self };
        let mut millis: Vec<f64> = labels.iter().map(|label| label.dur_ms).collect();
        millis.sort_by(|a, b| b.total_cmp(a));
        Self::Threshold(millis.get(millis.len() * share / 100).copied().unwrap_or(0.0))
    }

    fn keeps(self, label: &Label, random: &mut Random) -> bool {
        match self {
            Self::Whole | Self::Slowest(_) => true,
            Self::Threshold(millis) => label.dur_ms >= millis,
            Self::Statements(share) => random.below(100) < share,
            Self::Transactions(share) => match label.transaction {
                0 => random.below(100) < share,
                number => mix(mix(number) ^ u64::from(label.sid)) % 100 < share,
            },
        }
    }

    pub(super) fn apply(self, whole: &Recorded) -> Recorded {
        let mut random = Random::new(9);
        let keeps = self.of(&whole.labels);
        let kept: Vec<bool> =
            whole.labels.iter().map(|label| keeps.keeps(label, &mut random)).collect();
        // Entries may be interleaved: lines are left out one by one.
        let mut left_out: HashSet<u64> = HashSet::new();
        for (label, _) in whole.labels.iter().zip(&kept).filter(|(_, kept)| !**kept) {
            left_out.extend((label.line..=label.last).chain(label.steps.iter().copied()));
        }
        let mut log = Vec::new();
        let mut places = vec![0];
        let mut place = 0;
        for (number, line) in (1..).zip(whole.log.split_inclusive(|byte| *byte == b'\n')) {
            if !left_out.contains(&number) {
                log.extend_from_slice(line);
                place += 1;
            }
            places.push(place);
        }
        let at = |line: u64| places[line as usize];
        let labels = whole.labels.iter().zip(&kept).filter(|(_, kept)| **kept);
        let labels = labels.map(|(label, _)| Label {
            steps: label.steps.iter().map(|line| at(*line)).collect(),
            line: at(label.line),
            last: at(label.last),
            ..label.clone()
        });
        let mut labels: Vec<Label> = labels.collect();
        count_turns(&mut labels);
        Recorded { log, labels }
    }
}
