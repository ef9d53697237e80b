//! Stamps without a year, as RFC 3164 has them.

use slowlog_event::Timestamp;

const DAY_US: i64 = 86_400_000_000;

/// What is known of the years of a log whose stamps have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct YearHint {
    /// When the log was written last, or read: no stamp is later.
    pub latest: Option<Timestamp>,
    /// The year of the first stamp, if somebody knows it.
    pub first_year: Option<i64>,
}

/// Gives stamps their years, in the order of the log.
#[derive(Debug, Clone)]
pub(super) struct Years {
    hint: YearHint,
    /// The year and the month of the latest stamp.
    current: Option<(i64, i64)>,
}

impl Years {
    pub(super) fn new(hint: YearHint) -> Self {
        Self { hint, current: None }
    }

    /// The instant of a month, a day, and the microseconds of that day; `None` if nobody knows the
    /// year.
    ///
    /// The first stamp is of the latest year in which it does not lie ahead. A month that jumps
    /// back by more than half a year is of the next year; one that jumps ahead so far is a
    /// straggler of the last.
    pub(super) fn resolve(&mut self, month: i64, day: i64, micros: i64) -> Option<Timestamp> {
        let at = |year| {
            let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
            Timestamp::from_civil((year, month, day), seconds, rest, 0)
        };
        let (year, last_month) = match self.current {
            Some(current) => current,
            None => {
                let year = match (self.hint.first_year, self.hint.latest) {
                    (Some(year), _) => year,
                    (None, Some(latest)) => {
                        let year = latest.civil().0;
                        // The zone of the stamp is not known.
                        if at(year).0 > latest.0.saturating_add(DAY_US) { year - 1 } else { year }
                    }
                    (None, None) => return None,
                };
                (year, month)
            }
        };
        let (stamp_year, current) = match month - last_month {
            ..-6 => (year + 1, (year + 1, month)),
            7.. => (year - 1, (year, last_month)),
            _ => (year, (year, month)),
        };
        self.current = Some(current);
        Some(at(stamp_year))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_stamps() {
        let latest = Timestamp::from_civil((2027, 1, 2), 0, 0, 0);
        let hints = [
            (YearHint { latest: Some(latest), first_year: None }, "2026 2026 2027 2026 2027 2027"),
            (
                YearHint { latest: Some(latest), first_year: Some(2019) },
                "2019 2019 2020 2019 2020 2020",
            ),
            (YearHint::default(), ""),
        ];
        for (hint, expected) in hints {
            let mut years = Years::new(hint);
            let dates = [(11, 30), (12, 31), (1, 1), (12, 31), (1, 2), (3, 4)];
            let found: Vec<String> = dates
                .iter()
                .filter_map(|(month, day)| years.resolve(*month, *day, 0))
                .map(|time| time.civil().0.to_string())
                .collect();
            assert_eq!(found.join(" "), expected, "{hint:?}");
        }
        let mut today = Years::new(YearHint { latest: Some(latest), first_year: None });
        // A server east of UTC is ahead of it.
        assert_eq!(today.resolve(1, 2, DAY_US - 1).map(|time| time.civil().0), Some(2027));
        let mut tomorrow = Years::new(YearHint { latest: Some(latest), first_year: None });
        assert_eq!(tomorrow.resolve(1, 4, 0).map(|time| time.civil().0), Some(2026));
    }
}
