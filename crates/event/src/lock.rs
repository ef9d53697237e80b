//! Locks of PostgreSQL, as its log names them.

use std::fmt;

/// Modes and targets as `lock.c` and `lmgr.c` print them (`src/backend/storage/lmgr`).
const MODES: [&str; 8] = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];
const TARGETS: [&str; 9] = [
    "relation",
    "extension of relation",
    "page",
    "tuple",
    "transaction",
    "virtual transaction",
    "speculative token",
    "object",
    "advisory lock",
];

/// Which kind of lock a process waits for: the mode, and what kind of thing is locked.
///
/// ```
/// use slowlog_event::LockKind;
///
/// let kind = LockKind::parse(b"ShareLock on transaction 731").unwrap();
/// assert_eq!(kind.to_string(), "ShareLock on transaction");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LockKind {
    mode: u8,
    target: u8,
}

impl LockKind {
    /// Of the words of a log; `None` for a kind that is not known.
    pub fn parse(object: &[u8]) -> Option<Self> {
        let place = |words: &[&str], text: &[u8]| {
            words.iter().position(|word| {
                let rest = text.strip_prefix(word.as_bytes());
                rest.is_some_and(|rest| matches!(rest.first(), None | Some(b' ')))
            })
        };
        let mode = place(&MODES, object)?;
        let target = object[MODES[mode].len()..].strip_prefix(b" on ")?;
        Some(Self { mode: mode as u8, target: place(&TARGETS, target)? as u8 })
    }
}

impl fmt::Display for LockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", MODES[usize::from(self.mode)], TARGETS[usize::from(self.target)])
    }
}

#[cfg(test)]
mod tests {
    use super::LockKind;

    #[test]
    fn objects_lose_their_numbers() {
        for (object, kind) in [
            ("ShareLock on transaction 731", Some("ShareLock on transaction")),
            (
                "AccessExclusiveLock on relation 16386 of database 16384",
                Some("AccessExclusiveLock on relation"),
            ),
            (
                "ExclusiveLock on tuple (0,1) of relation 1 of database 2",
                Some("ExclusiveLock on tuple"),
            ),
            (
                "ExclusiveLock on extension of relation 1",
                Some("ExclusiveLock on extension of relation"),
            ),
            ("ShareLock on virtual transaction 3/40", Some("ShareLock on virtual transaction")),
            ("ExclusiveLock on advisory lock [1,2,3,1]", Some("ExclusiveLock on advisory lock")),
            ("ShareLock", None),
            ("SomeLock on relation 1", None),
            ("ShareLock on something 1", None),
            ("", None),
        ] {
            let found = LockKind::parse(object.as_bytes()).map(|kind| kind.to_string());
            assert_eq!(found.as_deref(), kind, "{object}");
        }
    }
}
