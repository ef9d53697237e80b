//! What more entries cost: megabytes an hour, at the rate of the log at hand.

use serde::Serialize;

use crate::model::Report;
use crate::units::{bytes, count};

/// A rate says nothing of an hour if it was taken over less than this.
const SHORTEST_US: u64 = 1_000_000;
const HOUR_US: u128 = 3_600_000_000;

/// What a log has had in its period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    span_us: u64,
    bytes: u64,
    entries: u64,
}

impl Rate {
    /// `None` where the period is not known, or too short to tell.
    pub(crate) fn of(report: &Report<'_>) -> Option<Self> {
        let totals = report.digest.totals();
        let (from, to) = totals.period?;
        let span_us = to.0.abs_diff(from.0);
        let entries = totals.executions
            + totals.statements_without_time
            + totals.parse_bind_steps
            + totals.unpaired_durations;
        (span_us >= SHORTEST_US).then_some(Self {
            span_us,
            bytes: report.completeness.parsed_bytes,
            entries: entries.max(1),
        })
    }

    /// So much in the log is so much in an hour.
    pub(crate) fn per_hour(self, number: u64) -> u64 {
        let hourly = (u128::from(number) * HOUR_US).div_ceil(u128::from(self.span_us));
        u64::try_from(hourly).unwrap_or(u64::MAX)
    }

    /// Bytes of the log in an hour.
    pub(crate) fn bytes_per_hour(self) -> u64 {
        self.per_hour(self.bytes)
    }

    /// Bytes that a statement takes on average, with all that is logged around it.
    pub(crate) fn entry_bytes(self) -> u64 {
        (self.bytes / self.entries).max(1)
    }
}

/// What a setting costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Cost {
    /// In words, with what the estimate rests on.
    #[serde(rename = "cost")]
    pub(crate) text: String,
    /// Rounded up; `None` where the log cannot tell.
    #[serde(rename = "cost_mb_per_hour", skip_serializing_if = "Option::is_none")]
    pub(crate) mb_per_hour: Option<u64>,
}

/// How sure the number of entries is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    About,
    AtMost,
}

impl Cost {
    /// Where the log cannot tell how many entries there would be.
    pub(crate) fn in_words(text: impl Into<String>) -> Self {
        Self { text: text.into(), mb_per_hour: None }
    }

    /// `number` more in the time of this log, of `bytes_each`. `words` say what, `basis` what the
    /// number rests on if that is not plain.
    pub(crate) fn of(
        report: &Report<'_>,
        bound: Bound,
        number: u64,
        bytes_each: u64,
        words: &str,
        basis: &str,
    ) -> Self {
        let Some(rate) = Rate::of(report) else { return Self::in_words(words) };
        let hourly = rate.per_hour(number);
        let megabytes = hourly.saturating_mul(bytes_each).div_ceil(1_000_000);
        let bound = match bound {
            _ if hourly.saturating_mul(bytes_each) < 1_000_000 => "under",
            Bound::About => "about",
            Bound::AtMost => "at most",
        };
        let text = format!(
            "{bound} {} MB/h ({} an hour × {}): {words}{basis}",
            count(megabytes),
            count(hourly),
            bytes(bytes_each)
        );
        Self { text, mb_per_hour: Some(megabytes) }
    }

    /// An entry for one of so many statements, and nobody knows how many there are.
    pub(crate) fn of_every_statement(report: &Report<'_>, one_of: u64, words: &str) -> Self {
        /// In a second, logged.
        const STATEMENTS: u64 = 100;
        let Some(rate) = Rate::of(report) else { return Self::in_words(words) };
        let each = rate.entry_bytes();
        let megabytes = (STATEMENTS * 3600).saturating_mul(each).div_ceil(1_000_000);
        Self::in_words(format!(
            "{words}: {} MB/h for each {} statements a second ({} each)",
            count(megabytes),
            count(STATEMENTS * one_of),
            bytes(each)
        ))
    }
}
