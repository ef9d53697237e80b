//! Does a pool between application and server spread the statements of a request over sessions?
//!
//! Where a session serves one request at a time, a statement comes again right behind itself in the
//! session, and the sessions beside it have nothing to do with it. Where a pool hands out a
//! connection per statement or transaction, the statements just before in other sessions are of the
//! same requests: the same comes among them far oftener than by chance, and about as often as in the
//! session.

/// It is judged each time there are so many statements.
const STATEMENTS: u32 = 2048;
/// Fewer repeats say nothing.
const FEWEST_REPEATS: u64 = 40;
/// So many statements before are looked at, as many as requests may well run at a time.
const BEFORE: usize = 8;
/// Statements are counted in so many classes, and sessions kept in so many places.
const CLASSES: usize = 256;
const SESSIONS: usize = 64;

/// A statement, its session and transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sent {
    fingerprint: u32,
    session: u64,
    transaction: u64,
}

/// Pairs of statements, and how many are of the same one twice.
#[derive(Debug, Clone, Copy, Default)]
struct Pairs {
    all: u64,
    repeats: u64,
}

impl Pairs {
    fn add(&mut self, repeats: bool) {
        self.all += 1;
        self.repeats += u64::from(repeats);
    }
}

/// The last statements, each with a number of its session, side by side: they are compared at once,
/// and counted by their places, so that nothing is added up before somebody asks.
#[derive(Debug, Clone, Copy)]
struct Before {
    fingerprints: [u32; BEFORE],
    sessions: [u32; BEFORE],
    /// By place, how often it was of another session, and how often the same statement in that.
    others: [u32; BEFORE],
    repeats: [u32; BEFORE],
}

impl Default for Before {
    fn default() -> Self {
        Self {
            fingerprints: [u32::MAX; BEFORE],
            sessions: [0; BEFORE],
            others: [0; BEFORE],
            repeats: [0; BEFORE],
        }
    }
}

impl Before {
    /// Compares a statement with all of them, and puts it in the place of the oldest.
    #[inline]
    fn replace(&mut self, step: u32, fingerprint: u32, session: u64) {
        // Sessions that share a number by chance count as one.
        let session = (session ^ session >> 32) as u32;
        for place in 0..BEFORE {
            let other = u32::from(self.sessions[place] != session);
            self.others[place] += other;
            self.repeats[place] += other & u32::from(self.fingerprints[place] == fingerprint);
        }
        let place = step as usize % BEFORE;
        self.fingerprints[place] = fingerprint;
        self.sessions[place] = session;
    }

    /// What was counted; it begins anew.
    fn take(&mut self) -> Pairs {
        let [others, repeats] = [&mut self.others, &mut self.repeats].map(std::mem::take);
        let sum = |counts: [u32; BEFORE]| counts.into_iter().map(u64::from).sum();
        Pairs { all: sum(others), repeats: sum(repeats) }
    }
}

/// What came before what, outside of transactions and from one to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pooling {
    before: Before,
    /// What sessions have sent last.
    last: [Option<Sent>; SESSIONS],
    /// How often statements came, by their numbers.
    counts: [u16; CLASSES],
    statements: u32,
    /// With the statement before in the session.
    within: Pairs,
    pooled: bool,
    /// How often it was judged, and how often it was so.
    judged: (u32, u32),
}

impl Default for Pooling {
    fn default() -> Self {
        Self {
            before: Before::default(),
            last: [None; SESSIONS],
            counts: [0; CLASSES],
            statements: 0,
            within: Pairs::default(),
            pooled: false,
            judged: (0, 0),
        }
    }
}

impl Pooling {
    /// Takes the next statement, and the transaction that it runs in, or 0. Returns whether requests
    /// are spread over sessions here.
    #[inline]
    pub(crate) fn observe(&mut self, fingerprint: u32, session: u64, transaction: u64) -> bool {
        let sent = Sent { fingerprint, session, transaction };
        self.before.replace(self.statements, fingerprint, session);
        let last = self.last[session as usize % SESSIONS].replace(sent);
        // A transaction is of one session, whoever hands out sessions.
        let own = |last: &Sent| {
            last.session == session && (transaction == 0 || last.transaction != transaction)
        };
        if let Some(last) = last.filter(own) {
            self.within.add(last.fingerprint == fingerprint);
        }
        self.counts[fingerprint as usize % CLASSES] += 1;
        self.statements += 1;
        if self.statements >= STATEMENTS {
            self.judge();
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
        let (within, beside) = (self.within, self.before.take());
        let sent = u64::from(STATEMENTS);
        let several = within.all >= sent / 4 && beside.all >= sent / 4;
        let frequent = beside.repeats >= FEWEST_REPEATS;
        // By chance two statements are the same as often as the squares of their shares add up to.
        let squares: u64 = self.counts.iter().map(|count| u64::from(*count).pow(2)).sum();
        let related = 2 * beside.repeats * sent * sent >= 3 * squares * beside.all;
        // Behind a pool the session makes some difference, as it may be handed out again; else it
        // makes all.
        let alike = within.repeats * beside.all <= 3 * beside.repeats * within.all;
        self.pooled = several && frequent && related && alike;
        self.judged.0 += 1;
        self.judged.1 += u32::from(self.pooled);
        *self = Self {
            before: self.before,
            last: self.last,
            pooled: self.pooled,
            judged: self.judged,
            ..Self::default()
        };
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
