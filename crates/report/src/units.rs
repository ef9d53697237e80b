//! Numbers as people read them.

/// An integer with separators between thousands.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A duration with about three digits: `54 µs`, `1.06 ms`, `12.3 s`, `4m 05s`, `2h 41m`, `3d 07h`.
pub(crate) fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..999_950 => three_digits(micros, 1_000, "ms"),
        999_950..59_950_000 => three_digits(micros, 1_000_000, "s"),
        _ => {
            let seconds = micros.saturating_add(500_000) / 1_000_000;
            let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
            match seconds {
                0..3_600 => format!("{minutes}m {:02}s", seconds % 60),
                3_600..86_400 => format!("{hours}h {:02}m", minutes % 60),
                _ => format!("{days}d {:02}h", hours % 24),
            }
        }
    }
}

/// A size with about three digits, in powers of 1000.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..999_950 => three_digits(bytes, 1_000, "kB"),
        999_950..999_950_000 => three_digits(bytes, 1_000_000, "MB"),
        999_950_000..999_950_000_000 => three_digits(bytes, 1_000_000_000, "GB"),
        _ => three_digits(bytes, 1_000_000_000_000, "TB"),
    }
}

/// `value` in units, half up to three digits.
fn three_digits(value: u64, unit: u64, name: &str) -> String {
    let scaled = |factor: u64| {
        ((u128::from(value) * u128::from(factor) * 2 + u128::from(unit)) / (2 * u128::from(unit)))
            as u64
    };
    let hundredths = scaled(100);
    match hundredths {
        0..1_000 => format!("{}.{:02} {name}", hundredths / 100, hundredths % 100),
        1_000..10_000 => {
            let tenths = scaled(10);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        _ => format!("{} {name}", scaled(1)),
    }
}

/// Shares of a total in tenths of a percent that add up to exactly 1000, by the largest
/// remainders; all 0 if the total is.
pub(crate) fn shares(parts: &[u64]) -> Vec<u64> {
    let total: u128 = parts.iter().map(|part| u128::from(*part)).sum();
    if total == 0 {
        return vec![0; parts.len()];
    }
    let mut shares: Vec<u64> =
        parts.iter().map(|part| (u128::from(*part) * 1000 / total) as u64).collect();
    let missing = 1000 - shares.iter().sum::<u64>();
    let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
    by_remainder.sort_by_key(|place| {
        std::cmp::Reverse((u128::from(parts[*place]) * 1000 % total, std::cmp::Reverse(*place)))
    });
    for place in by_remainder.into_iter().take(missing as usize) {
        shares[place] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_284_093), "1,284,093");
        for (micros, text) in [
            (54, "54 µs"),
            (999, "999 µs"),
            (1_059, "1.06 ms"),
            (12_345, "12.3 ms"),
            (305_504, "306 ms"),
            (999_949, "1000 ms"),
            (999_950, "1.00 s"),
            (59_949_999, "59.9 s"),
            (59_950_000, "1m 00s"),
            (3_599_600_000, "1h 00m"),
            (90_000_000_000, "1d 01h"),
        ] {
            assert_eq!(duration(micros), text);
        }
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(4_200_000_000), "4.20 GB");
    }

    proptest! {
        #[test]
        fn shares_add_up(parts in prop::collection::vec(0..u64::MAX / 1000, 1..50)) {
            let sum: u64 = shares(&parts).iter().sum();
            prop_assert_eq!(sum, if parts.iter().all(|part| *part == 0) { 0 } else { 1000 });
        }
    }
}
