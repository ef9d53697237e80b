//! Does a pool between application and server spread the statements of a request over sessions?
//!
//! Where a session serves one request at a time, a statement repeats the one before it in the log
//! far more often if both are of the same session. Where a pool hands out a connection per
//! statement or transaction, the session makes no difference.

/// Pairs are looked at again each time there are so many.
const PAIRS: u32 = 2048;
/// Fewer repeats say nothing.
const FEWEST_REPEATS: u32 = 40;

/// Statements are counted in so many classes.
const CLASSES: usize = 256;

/// Neighbours in the log that are not of one transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pooling {
    last: Option<(u32, u64, u64)>,
    /// How often statements came, by their numbers.
    counts: [u16; CLASSES],
    /// Pairs of neighbours, and how many repeat the statement: of the same session, of two.
    pairs: [(u32, u32); 2],
    pooled: bool,
    /// How often it was judged, and how often it was so.
    judged: (u32, u32),
}

impl Default for Pooling {
    fn default() -> Self {
        Self { last: None, counts: [0; CLASSES], pairs: [(0, 0); 2], pooled: false, judged: (0, 0) }
    }
}

impl Pooling {
    /// Takes the next statement, and the transaction that it runs in, or 0. Returns whether requests
    /// are spread over sessions here.
    #[inline]
    pub(crate) fn observe(&mut self, fingerprint: u32, session: u64, transaction: u64) -> bool {
        self.counts[fingerprint as usize % CLASSES] += 1;
        let last = self.last.replace((fingerprint, session, transaction));
        // A transaction is of one session, whoever hands out sessions.
        let last =
            last.filter(|last| transaction == 0 || (last.1, last.2) != (session, transaction));
        if let Some((last, of, _)) = last {
            let (pairs, repeats) = &mut self.pairs[usize::from(of != session)];
            *pairs += 1;
            *repeats += u32::from(last == fingerprint);
            if self.pairs[0].0 + self.pairs[1].0 >= PAIRS {
                self.judge();
            }
        }
        self.pooled
    }

    /// Are requests spread over sessions here?
    pub(crate) fn is_so(&self) -> bool {
        self.pooled
    }

    /// Was it so for a good part of the log?
    pub(crate) fn is_usual(&self) -> bool {
        let (judged, pooled) = self.judged;
        pooled > 0 && 4 * pooled >= judged
    }

    #[cold]
    fn judge(&mut self) {
        let [(same, same_repeats), (other, other_repeats)] =
            self.pairs.map(|(pairs, repeats)| (u64::from(pairs), u64::from(repeats)));
        // Repeats are as frequent, within a third, whoever sent the statement before; and they are
        // far more frequent than among statements that have nothing to do with each other.
        let alike = 3 * other_repeats * same >= 2 * same_repeats * other;
        let several = other >= u64::from(PAIRS) / 4 && same >= u64::from(PAIRS) / 64;
        // By chance two statements are the same as often as the squares of their shares add up to.
        let sent: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        let squares: u64 = self.counts.iter().map(|count| u64::from(*count).pow(2)).sum();
        let related = 2 * other_repeats * sent * sent >= 3 * squares * other;
        let frequent = other_repeats >= u64::from(FEWEST_REPEATS);
        self.pooled = several && frequent && related && alike;
        self.counts = [0; CLASSES];
        self.judged.0 += 1;
        self.judged.1 += u32::from(self.pooled);
        self.pairs = [(0, 0); 2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests of 20 equal statements each by four workers; which session runs each?
    fn pooled(session_of: impl Fn(u64, u64) -> u64) -> bool {
        let mut pooling = Pooling::default();
        let mut found = false;
        for step in 0..20_000u64 {
            // Workers take turns of a few statements.
            let worker = step / 3 % 4;
            let fingerprint = (worker * 7 + step / 240 * 3) % 31;
            found = pooling.observe(fingerprint as u32, session_of(worker, step), 0);
        }
        found
    }

    #[test]
    fn sessions_that_make_no_difference_are_pooled() {
        assert!(!pooled(|worker, _| worker));
        assert!(pooled(|_, step| step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61));
        // One session says nothing.
        assert!(!pooled(|_, _| 1));
        // Nor do sessions that all do the same.
        let mut pooling = Pooling::default();
        assert!((0..20_000).all(|step| !pooling.observe(7, step % 5, 0)));
    }
}
